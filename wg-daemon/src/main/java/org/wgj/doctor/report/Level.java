// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.report;

/** The severity of a finding. */
public enum Level {
    PASS,
    WARN,
    /** Something does not work. */
    FAIL,
    /** It could not be examined, which says nothing either way. */
    SKIP
}
