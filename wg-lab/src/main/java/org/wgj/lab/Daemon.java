// SPDX-License-Identifier: Apache-2.0
package org.wgj.lab;

import java.util.Map;

/** A userspace implementation running on one interface of a host. */
public record Daemon(Host host, String interfaceName) {
    /** Starts it and returns when its launcher says that it can be configured. */
    public static Daemon start(Host host, Implementation implementation, String interfaceName) {
        return start(host, implementation, interfaceName, Map.of());
    }

    public static Daemon start(
            Host host,
            Implementation implementation,
            String interfaceName,
            Map<String, String> environment) {
        Daemon daemon = new Daemon(host, interfaceName);
        launch(host, implementation, interfaceName, environment).orFail();
        return daemon;
    }

    /**
     * Starts it, and returns the result of the command, also of a failed one. The output goes to
     * the log.
     */
    public static Command.Result launch(
            Host host,
            Implementation implementation,
            String interfaceName,
            Map<String, String> environment) {
        StringBuilder script = new StringBuilder("LOG_LEVEL=verbose");
        environment.forEach((key, value) -> script.append(" %s='%s'".formatted(key, value)));
        script.append(
                " '%s' %s >>/run/%s.log 2>&1"
                        .formatted(implementation.launcher(), interfaceName, interfaceName));
        Command.Result result = host.run(script.toString());
        return result.exit() == 0
                ? result
                : new Command.Result(result.command(), result.exit(), log(host, interfaceName), "");
    }

    private static String log(Host host, String interfaceName) {
        return host.run("tail -n 60 /run/" + interfaceName + ".log | cut -c 1-300").text();
    }

    public String log() {
        return log(host, interfaceName);
    }

    public String socket() {
        return "/var/run/wireguard/" + interfaceName + ".sock";
    }

    /** The process (in the host's numbers) that holds the interface's TUN; empty if none does. */
    public String pid() {
        return host.run(
                        "grep -ls '^iff:[[:space:]]*%s$' /proc/[0-9]*/fdinfo/* | head -n 1 | cut -d / -f 3"
                                .formatted(interfaceName))
                .out()
                .strip();
    }

    /** Sends it a signal such as {@code TERM}. */
    public void signal(String signal) {
        host.sh("kill -%s %s", signal, pid());
    }

    public boolean isGone() {
        return pid().isEmpty()
                && host.run("ip link show " + interfaceName).exit() != 0
                && host.run("test -e " + socket()).exit() != 0;
    }

    /** Waits until process, interface and socket are gone. */
    public void awaitGone() {
        Await.until(this + " gone (process, interface and socket)", this::isGone);
    }

    @Override
    public String toString() {
        return interfaceName + " on " + host;
    }
}
