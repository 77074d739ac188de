// SPDX-License-Identifier: Apache-2.0
/** The findings, and their text and JSON. Nothing that decides what a finding says belongs here. */
package org.wgj.doctor.report;
