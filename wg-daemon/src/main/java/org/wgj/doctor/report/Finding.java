// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.report;

/**
 * The result of a check.
 *
 * @param subject an interface or file, or "host"
 * @param check the check's name
 * @param seen what was observed and, if it is wrong, the likely cause; never key material
 * @param fix what to do, as a command if possible; null if nothing needs to be done
 */
public record Finding(Level level, String subject, String check, String seen, String fix) {}
