// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.PacketCosts;
import org.wgj.benchmarks.lab.Environment;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The cryptography without the tunnel: engines take turns, each in a process of its own that stays
 * warm between its turns.
 *
 * @param names what the engines turned out to be
 */
record Crypto(
        List<CryptoEngine> measured,
        Map<CryptoEngine, String> names,
        Map<CryptoEngine, String> missing,
        Results results) {

    static Crypto none() {
        return new Crypto(List.of(), Map.of(), Map.of(), new Results());
    }

    static Crypto measure(int rounds, int warmUpSeconds) throws IOException {
        Crypto crypto =
                new Crypto(
                        new ArrayList<>(),
                        new EnumMap<>(CryptoEngine.class),
                        new EnumMap<>(CryptoEngine.class),
                        new Results());
        try (Child wgj = new Child(warmUpSeconds);
                Child cipher = new Child(warmUpSeconds, "-Dwgj.aead=cipher")) {
            crypto.add(CryptoEngine.WGJ, wgj.ready());
            crypto.add(CryptoEngine.CIPHER, cipher.ready());
            crypto.findOpenSsl();
            for (int round = 1; round <= rounds; round++) {
                for (CryptoEngine engine : crypto.measured) {
                    switch (engine) {
                        case WGJ -> crypto.add(round, engine, wgj.round());
                        case CIPHER -> crypto.add(round, engine, cipher.round());
                        case OPENSSL -> crypto.addOpenSsl(round);
                    }
                }
            }
        }
        return crypto;
    }

    private void add(CryptoEngine engine, String name) {
        measured.add(engine);
        names.put(engine, name);
    }

    private void findOpenSsl() {
        String version = Environment.firstLine("openssl version");
        if (version.equals(Environment.UNKNOWN)) {
            missing.put(CryptoEngine.OPENSSL, "no program openssl");
        } else {
            add(CryptoEngine.OPENSSL, version);
        }
    }

    private void addOpenSsl(int round) throws IOException {
        sample(round, CryptoFigure.SEAL_1440, OpenSsl.nanoseconds(false, 1_440));
        sample(round, CryptoFigure.OPEN_1440, OpenSsl.nanoseconds(true, 1_440));
        sample(round, CryptoFigure.SEAL_64, OpenSsl.nanoseconds(false, 64));
        sample(round, CryptoFigure.OPEN_64, OpenSsl.nanoseconds(true, 64));
    }

    private void sample(int round, CryptoFigure figure, double value) {
        results.add(new Results.Sample(round, figure, CryptoEngine.OPENSSL, value));
    }

    /** Takes over lines of "NAME VALUE". */
    void add(int round, CryptoEngine engine, List<String> lines) throws IOException {
        for (CryptoFigure figure : CryptoFigure.values()) {
            String line =
                    lines.stream()
                            .filter(l -> l.startsWith(figure.key() + " "))
                            .findFirst()
                            .orElseThrow(() -> new IOException(figure.key() + " not in " + lines));
            results.add(
                    new Results.Sample(
                            round,
                            figure,
                            engine,
                            Double.parseDouble(line.substring(line.indexOf(' ') + 1))));
        }
    }

    /** A JVM that measures when told to; with closed input it ends by itself. */
    private static final class Child implements AutoCloseable {
        private final Process process;
        private final BufferedReader out;
        private final Writer in;

        Child(int warmUpSeconds, String... options) throws IOException {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    System.getProperty("java.home") + "/bin/java",
                                    "-XX:+UseSerialGC",
                                    "-Xmx256m",
                                    "--add-modules",
                                    "jdk.incubator.vector",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-Dwgj.workers=0")); // one core
            command.addAll(List.of(options));
            command.addAll(
                    List.of(
                            "-cp",
                            System.getProperty("java.class.path"),
                            PacketCosts.class.getName(),
                            Integer.toString(warmUpSeconds)));
            process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            out = process.inputReader(StandardCharsets.US_ASCII);
            in = process.outputWriter(StandardCharsets.US_ASCII);
        }

        /** Returns the name of the engine when it is warm. */
        String ready() throws IOException {
            String line = next();
            if (!line.startsWith("ready ")) {
                throw new IOException("unexpected: " + line);
            }
            return line.substring("ready ".length());
        }

        List<String> round() throws IOException {
            in.write('\n');
            in.flush();
            List<String> lines = new ArrayList<>();
            for (String line = next(); !line.equals("done"); line = next()) {
                lines.add(line);
            }
            return lines;
        }

        private String next() throws IOException {
            String line = out.readLine();
            if (line == null) {
                throw new IOException("the process that measures the cryptography has ended");
            }
            return line;
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
