// SPDX-License-Identifier: Apache-2.0
/**
 * Checks that judge an observation and tell how to fix what they find. They are pure: a check that
 * reads a file, the clock or the network does not belong here.
 */
package org.wgj.doctor.check;
