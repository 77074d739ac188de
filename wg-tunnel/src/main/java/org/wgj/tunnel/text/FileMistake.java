// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.text;

/** Words the message about a mistake in a file that has sections and keys. */
public final class FileMistake {
    private FileMistake() {}

    /**
     * Returns a message such as {@code wg0.conf, line 3, [Peer] AllowedIPs: ...}.
     *
     * @param source the file, or another name of what was read
     * @param line from 1; 0 if the mistake is not in one line
     * @param sectionOrNull the section's name without brackets
     * @param keyOrNull the key
     * @param reason the mistake, or what was expected; no value, which may be a secret
     */
    public static String message(
            String source, int line, String sectionOrNull, String keyOrNull, String reason) {
        return source
                + (line == 0 ? "" : ", line " + line)
                + (sectionOrNull == null ? "" : ", [" + sectionOrNull + "]")
                + (keyOrNull == null ? "" : " " + keyOrNull)
                + ": "
                + reason;
    }
}
