// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.report;

/** How bad a finding is. */
public enum Level {
    PASS,
    WARN,
    /** Something does not work. */
    FAIL,
    /** Could not be seen, which says nothing either way. */
    SKIP
}
