// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Decides how to print from the terminal and the environment, as {@code wg} does. */
public final class Terminal {
    private Terminal() {}

    /**
     * WG_COLOR_MODE: always, never, or by default only on a terminal, and there not with NO_COLOR
     * (no-color.org), which counts unless it is empty.
     *
     * @return whether to print colors
     */
    public static boolean colors() {
        return switch (System.getenv("WG_COLOR_MODE")) {
            case "always" -> true;
            case "never" -> false;
            case null, default -> {
                String without = System.getenv("NO_COLOR");
                yield isOutput() && (without == null || without.isEmpty());
            }
        };
    }

    /**
     * WG_HIDE_KEYS: only the value never shows keys.
     *
     * @return whether to print them
     */
    public static boolean showsKeys() {
        return "never".equals(System.getenv("WG_HIDE_KEYS"));
    }

    /**
     * Tells whether standard output can show block characters.
     *
     * @return false if its charset has none
     */
    public static boolean showsBars() {
        return System.out.charset().newEncoder().canEncode('\u2581');
    }

    /**
     * Returns whether standard output is a terminal; System.console() would check the input too.
     *
     * @return false also if that cannot be found out
     */
    public static boolean isOutput() {
        return isTerminal(1);
    }

    /**
     * Returns whether standard error is a terminal.
     *
     * @return false also if that cannot be found out
     */
    public static boolean isError() {
        return isTerminal(2);
    }

    private static boolean isTerminal(int descriptor) {
        try {
            String target =
                    Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
            return target.matches("/dev/(pts/\\d+|tty.*|console)");
        } catch (IOException e) {
            return false;
        }
    }
}
