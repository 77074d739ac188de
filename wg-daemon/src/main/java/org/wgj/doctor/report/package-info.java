// SPDX-License-Identifier: Apache-2.0
/**
 * The findings, and their text and JSON. Code that decides what a finding says does not belong
 * here.
 */
package org.wgj.doctor.report;
