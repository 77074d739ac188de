// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import java.util.Map;

/** Options of java for the daemons of one test, after those that all system tests have. */
final class JavaOptions {
    private static final String VARIABLE = "WGJ_JAVA_OPTS";

    private JavaOptions() {}

    /** Returns the value of WGJ_JAVA_OPTS. */
    static String with(String options) {
        String ofAll = System.getenv(VARIABLE);
        return ofAll == null ? options : ofAll + " " + options;
    }

    /** Returns an environment with that value. */
    static Map<String, String> environment(String options) {
        return Map.of(VARIABLE, with(options));
    }
}
