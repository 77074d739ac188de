// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import java.util.List;

/**
 * The operation {@code reload=REQUEST}, which is one of ours beside {@code get=1}: the process
 * reads its configuration files again. Its reply comes when that is done:
 *
 * <pre>
 * problem=wg0.conf: line 3: ...      (one line for each)
 * errno=0
 * </pre>
 *
 * <p>A request that is repeated, since several interfaces are of one process, is one reload.
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

    /** In ASCII, as all of the protocol, and nothing that a terminal would obey. */
    static String oneLine(String text) {
        return text.substring(0, Math.min(text.length(), MAX_LENGTH))
                .replaceAll("[^\\x20-\\x7e]", "?");
    }
}
