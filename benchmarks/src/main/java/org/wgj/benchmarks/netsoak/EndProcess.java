// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import org.wgj.lab.Host;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A {@link NetEnd} in a host, from outside. For use by one thread. */
final class EndProcess implements AutoCloseable {
    private final Host host;
    private final Process process;
    private final BufferedReader out;
    private final BufferedWriter in;
    private final String pid;
    private final List<String> said = new ArrayList<>();

    /** Starts one with a heap of 256 MB. */
    EndProcess(Host host, String file, int rekeySeconds) throws IOException {
        this.host = host;
        process =
                host.start(
                        List.of(
                                System.getProperty("java.home") + "/bin/java",
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:-UsePerfData", // hosts number their processes anew
                                "-Xlog:disable",
                                "-Xlog:all=warning:stderr",
                                "--add-modules",
                                "jdk.incubator.vector",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                NetEnd.class.getName(),
                                file,
                                Integer.toString(rekeySeconds)));
        out = process.inputReader(StandardCharsets.UTF_8);
        in = process.outputWriter(StandardCharsets.US_ASCII);
        pid = await("ready").split(" ")[1];
    }

    /** Gives an order; the answer is taken later. */
    void order(String line) throws IOException {
        in.write(line + "\n");
        in.flush();
    }

    /** Returns the lines of the answer. */
    List<String> answer() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = next(); !line.equals("end"); line = next()) {
            lines.add(line);
        }
        return lines;
    }

    private String await(String beginning) throws IOException {
        String line = next();
        while (!line.startsWith(beginning)) {
            line = next();
        }
        return line;
    }

    private String next() throws IOException {
        String line = out.readLine();
        if (line == null) {
            throw new IOException(host + "'s process ended after: " + said);
        }
        said.add(line);
        if (said.size() > 20) {
            said.removeFirst();
        }
        return line;
    }

    /** Returns its number inside the host. */
    String pid() {
        return pid;
    }

    /** Ends it without a warning. */
    void kill() {
        host.sh("kill -KILL %s", pid);
        process.destroyForcibly();
    }

    @Override
    public void close() {
        process.destroy();
    }
}
