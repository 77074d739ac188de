// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import org.wgj.lab.Host;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A main class of this program in a process of its own, inside a host. */
public final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;

    /** A short life, which the second compiler would not make shorter. */
    private static final String QUICK = "-XX:TieredStopAtLevel=1";

    /**
     * @param input its first lines
     */
    public Child(
            Host host, int deadlineSeconds, Class<?> main, String arguments, List<String> input)
            throws IOException {
        this(host, deadlineSeconds, QUICK, main, arguments, input);
    }

    /**
     * The same with other options of the JVM than those for a short life.
     *
     * @param input its first lines
     */
    public Child(
            Host host,
            int deadlineSeconds,
            String jvmOptions,
            Class<?> main,
            String arguments,
            List<String> input)
            throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        process =
                host.start(
                        deadlineSeconds,
                        ("exec '%s' -Xmx1g -XX:MaxDirectMemorySize=8g -XX:+UseSerialGC"
                                        + " %s --add-modules jdk.incubator.vector"
                                        + " --enable-native-access=ALL-UNNAMED -cp '%s' %s %s 2>&1")
                                .formatted(
                                        java,
                                        jvmOptions,
                                        System.getProperty("java.class.path"),
                                        main.getName(),
                                        arguments));
        for (String line : input) {
            process.outputWriter(StandardCharsets.US_ASCII).write(line + "\n");
        }
        process.outputWriter(StandardCharsets.US_ASCII).flush();
        out = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Waits for a line that begins so, passing over the JVM's own. */
    public String await(String beginning) throws IOException {
        StringBuilder before = new StringBuilder();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(beginning)) {
                return line;
            }
            before.append(line).append('\n');
        }
        throw new IOException(
                "a process ended before it said '%s': %s".formatted(beginning, before));
    }

    /** Ends its input. */
    public void endInput() throws IOException {
        process.outputWriter(StandardCharsets.US_ASCII).close();
    }

    /** Ends its input and waits for its end; returns the lines it prints yet. */
    public List<String> finish() throws IOException {
        endInput();
        return out.lines().filter(line -> !line.startsWith("WARNING")).toList();
    }

    @Override
    public void close() {
        process.destroy();
    }
}
