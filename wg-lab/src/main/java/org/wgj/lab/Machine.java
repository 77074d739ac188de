// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

import java.time.Duration;

/** Something with a network stack and a shell: a host of namespaces or a virtual machine. */
public interface Machine {
    /** Runs a shell script and says how it ended. */
    Command.Result run(Duration deadline, String script);

    default Command.Result run(String script) {
        return run(Command.DEADLINE, script);
    }

    /**
     * Runs a shell script that must succeed, and returns its standard output without white space at
     * the end.
     */
    default String sh(String script) {
        return run(script).orFail().out().stripTrailing();
    }

    default String sh(String format, Object... arguments) {
        return sh(format.formatted(arguments));
    }

    /** Writes a file that lives as long as this machine and returns its path. */
    default String file(String name, String text) {
        String path = "/run/" + name;
        sh("umask 077; cat > " + path + " <<'wgj-end-of-file'\n" + text + "\nwgj-end-of-file");
        return path;
    }

    /**
     * Adds an address to a link; usable at once, also for IPv6 (no duplicate address detection).
     */
    default void address(String link, String address) {
        sh("ip address add %s dev %s%s", address, link, address.contains(":") ? " nodad" : "");
    }
}
