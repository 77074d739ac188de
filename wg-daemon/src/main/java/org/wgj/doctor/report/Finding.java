// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.report;

/**
 * What a check came to.
 *
 * @param subject an interface or file, or "host"
 * @param check the check's name
 * @param seen what was seen and, if it is wrong, the likely cause; never key material
 * @param fix what to do, a command to copy where there is one; null where nothing is to be done
 */
public record Finding(Level level, String subject, String check, String seen, String fix) {}
