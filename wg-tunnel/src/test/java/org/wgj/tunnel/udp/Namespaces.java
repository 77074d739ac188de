// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.wgj.tun.linux.ErrnoException.check;

import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Network namespaces of a test's own, gone when it is over. Needs root and the program {@code ip}.
 */
final class Namespaces implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x40000000;

    private final String prefix = "wgj-udp-" + ProcessHandle.current().pid() + "-";
    private final List<String> made = new ArrayList<>();

    Namespaces(String... names) throws IOException {
        try {
            for (String name : names) {
                run("ip netns add " + prefix + name);
                made.add(prefix + name);
                in(name, "ip link set lo up");
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Joins two namespaces by a pair of interfaces, {@code to-} and the other's name. */
    void join(String one, String other) throws IOException {
        String ends = " link add to-%s type veth peer name to-%s netns ".formatted(other, one);
        run("ip -n " + prefix + one + ends + prefix + other);
        in(one, "ip link set to-" + other + " up");
        in(other, "ip link set to-" + one + " up");
    }

    /** Runs commands in a namespace; each must succeed. */
    void in(String name, String... commands) throws IOException {
        for (String command : commands) {
            run("ip netns exec " + prefix + name + " " + command);
        }
    }

    /** Moves the party's event loop, and so the sockets it opens from now on, to the namespace. */
    Party move(Party party, String name) throws Exception {
        return party.on(
                () -> {
                    int fd = check("open", Libc.open("/run/netns/" + prefix + name, 0));
                    try {
                        check("setns", Libc.setns(fd, CLONE_NEWNET));
                    } finally {
                        Libc.close(fd);
                    }
                    return party;
                });
    }

    private static void run(String command) throws IOException {
        Process process =
                new ProcessBuilder(Arrays.asList(command.split(" ")))
                        .redirectErrorStream(true)
                        .start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(command + ": " + said);
            }
        } catch (InterruptedException e) {
            throw new IOException(command, e);
        }
    }

    @Override
    public void close() throws IOException {
        for (String name : made) {
            run("ip netns delete " + name);
        }
        made.clear();
    }
}
