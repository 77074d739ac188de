// SPDX-License-Identifier: Apache-2.0
/**
 * The front of {@code wgj doctor}: observes, judges and reports, in that order. Code that looks at
 * the machine, judges or prints does not belong here.
 */
package org.wgj.doctor;
