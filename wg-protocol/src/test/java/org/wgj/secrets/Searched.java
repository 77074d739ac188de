// SPDX-License-Identifier: Apache-2.0
package org.wgj.secrets;

import com.sun.management.HotSpotDiagnosticMXBean;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A child JVM whose memory is searched. Its main class reports each stage with {@link #pause} and
 * continues after {@link #proceed}. It reports secrets with {@link #tell}, masked, so that the
 * search does not find the report.
 */
public final class Searched implements AutoCloseable {
    private static final int MASK = 0x5a;
    private static final String SECRET = "secret ";
    private static final String DUMP = "dump ";

    private final Process process;
    private final BufferedReader out;
    private final PrintWriter in;

    private final Map<String, List<byte[]>> told = new HashMap<>();

    /** Starts the main class with this JVM's class path. */
    public Searched(Class<?> main, List<String> options, String... arguments) throws IOException {
        List<String> words =
                Stream.of(
                                Stream.of(
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "-XX:+UseSerialGC",
                                        "-Xmx256m",
                                        "-Xmn192m", // no collection while it is short-lived
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-cp",
                                        System.getProperty("java.class.path")),
                                options.stream(),
                                Stream.of(main.getName()),
                                Stream.of(arguments))
                        .flatMap(s -> s)
                        .toList();
        process = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        out = process.inputReader(StandardCharsets.US_ASCII);
        in = new PrintWriter(process.outputWriter(StandardCharsets.US_ASCII), true);
    }

    public long pid() {
        return process.pid();
    }

    /** Returns the secrets of a name that it has reported so far. */
    public List<byte[]> told(String name) {
        return List.copyOf(told.getOrDefault(name, List.of()));
    }

    /** Waits until it reports a stage. */
    public void await(String reached) throws IOException {
        for (String line; (line = out.readLine()) != null; ) {
            if (line.startsWith(SECRET)) {
                String[] words = line.split(" ");
                told.computeIfAbsent(words[1], name -> new ArrayList<>())
                        .add(mask(HexFormat.of().parseHex(words[2])));
            } else if (line.equals(reached)) {
                return;
            } else {
                throw new AssertionError("expected " + reached + " and not " + line);
            }
        }
        throw new AssertionError("ended before it came to " + reached);
    }

    /** Lets it continue after a pause. */
    public void proceed() {
        in.println();
    }

    /** Lets it write a heap dump during a pause. */
    public void dump(Path file, boolean live) throws IOException {
        in.println(DUMP + live + " " + file);
        await("dumped");
    }

    @Override
    public void close() throws IOException {
        in.close();
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        out.close();
    }

    // --- what the main class calls

    /** Reports a stage and waits for the order to continue. */
    public static void pause(String reached) throws IOException {
        print(reached);
        for (String line; !(line = readLine()).isEmpty(); ) {
            String[] words = line.split(" ", 3);
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpHeap(words[2], Boolean.parseBoolean(words[1]));
            print("dumped");
        }
    }

    private static String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next; (next = System.in.read()) != '\n'; ) {
            if (next < 0) {
                System.exit(0); // the parent is gone
            }
            line.append((char) next);
        }
        return line.toString();
    }

    /**
     * @param masked by {@link #mask}
     */
    public static void tell(String name, byte[] masked) {
        print(SECRET + name + " " + HexFormat.of().formatHex(masked));
    }

    /** Masks a secret, or unmasks a masked one; returns a copy. */
    public static byte[] mask(byte[] bytes) {
        byte[] masked = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            masked[i] = (byte) (bytes[i] ^ MASK);
        }
        return masked;
    }

    private static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
