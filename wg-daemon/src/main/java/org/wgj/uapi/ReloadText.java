// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import java.util.List;

/**
 * Writes the reply to {@code reload=REQUEST}, our own operation beside {@code get=1}: the process
 * reads its configuration files again. The reply follows when that is done:
 *
 * <pre>
 * problem=wg0.conf: line 3: ...      (one line for each problem)
 * errno=0
 * </pre>
 *
 * <p>A client may send the same request to several interfaces; their process reloads once.
 */
final class ReloadText {
    static final String OPERATION = "reload=";
    static final String PROBLEM = "problem";

    private static final int MAX_PROBLEMS = 100;
    private static final int MAX_LENGTH = 1000;

    private ReloadText() {}

    static String reply(List<String> problems) {
        StringBuilder out = new StringBuilder();
        for (String problem : problems.subList(0, Math.min(problems.size(), MAX_PROBLEMS))) {
            out.append(GetReply.line(PROBLEM, oneLine(problem)));
        }
        return out.append(GetReply.end(0)).toString();
    }

    /**
     * Replaces what is not printable ASCII, so that the text is one line and no escape sequence
     * reaches a terminal.
     */
    static String oneLine(String text) {
        return text.substring(0, Math.min(text.length(), MAX_LENGTH))
                .replaceAll("[^\\x20-\\x7e]", "?");
    }
}
