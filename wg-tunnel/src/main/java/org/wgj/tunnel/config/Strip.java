// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import java.util.ArrayList;
import java.util.List;

/** Removes from a file what only wg-quick understands, with wg-quick's own idea of a line. */
final class Strip {
    private Strip() {}

    static List<String> strip(String source, List<String> lines) throws ConfigException {
        List<String> kept = new ArrayList<>();
        boolean inInterface = false;
        for (int i = 0; i < lines.size(); i++) {
            String line = trimBlanks(lines.get(i));
            String content = ConfigText.withoutComment(line);
            int equals = content.indexOf('=');
            String key = ConfigText.trim(equals < 0 ? content : content.substring(0, equals));
            if (key.startsWith("[")) {
                inInterface = key.equalsIgnoreCase("[Interface]");
            }
            ConfigKey known = inInterface ? ConfigKey.find(key) : null;
            if (known == null || known.place != ConfigKey.Place.QUICK) {
                kept.add(line);
            } else if (known == ConfigKey.SAVE_CONFIG) {
                String value = ConfigText.trim(content.substring(equals + 1));
                if (!value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false")) {
                    throw new ConfigException(
                            source, i + 1, "Interface", known.text, "expected true or false");
                }
            }
        }
        return kept;
    }

    /** Trims spaces and tabs as the shell's read does, which keeps other white space. */
    private static String trimBlanks(String line) {
        int begin = 0;
        int end = line.length();
        while (begin < end && isBlank(line.charAt(begin))) {
            begin++;
        }
        while (end > begin && isBlank(line.charAt(end - 1))) {
            end--;
        }
        return line.substring(begin, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
