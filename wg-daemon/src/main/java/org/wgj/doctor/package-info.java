// SPDX-License-Identifier: Apache-2.0
/**
 * The front of {@code wgj doctor}: observes, judges and reports, in that order. Nothing that looks
 * at the machine, judges or prints belongs here.
 */
package org.wgj.doctor;
