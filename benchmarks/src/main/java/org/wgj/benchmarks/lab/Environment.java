// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import org.wgj.lab.Repository;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The facts about the machine and the programs that a reader needs to judge a figure. */
public final class Environment {
    public static final String UNKNOWN = "unknown";

    private Environment() {}

    /** By name, in the order to be read in. */
    public static Map<String, String> describe() {
        Path repository = Repository.folder();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("date", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
        facts.put("machine", machine());
        facts.put("load before", loadAverage());
        facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put(
                "JDK",
                System.getProperty("java.vendor.version", "")
                        + " "
                        + System.getProperty("java.runtime.version"));
        String git = "git -C " + repository + " ";
        String version = BenchProperties.versionOrNull();
        facts.put("wgj", version != null ? version : firstLine(git + "describe --always --dirty"));
        String options = System.getenv("WGJ_JAVA_OPTS");
        if (options != null) {
            facts.put("WGJ_JAVA_OPTS", options);
        }
        if (Carrier.WIREGUARD_GO.missing().isEmpty()) {
            facts.put(
                    "wireguard-go",
                    firstLine(Carrier.WIREGUARD_GO.implementation().launcher() + " --version"));
        }
        facts.put("iperf3", firstLine("iperf3 --version"));
        return facts;
    }

    private static String machine() {
        String name =
                first(Path.of("/proc/cpuinfo"), "model name\\s*:\\s*(.*)").replaceAll("\\s+", " ");
        String kib = first(Path.of("/proc/meminfo"), "MemTotal:\\s*(\\d+)");
        String memory =
                kib.equals(UNKNOWN)
                        ? kib
                        : String.format(Locale.ROOT, "%.1f GB", Long.parseLong(kib) * 1_024 / 1e9);
        return "%s, %d processors, %s of memory, virtualization: %s"
                .formatted(
                        name,
                        Runtime.getRuntime().availableProcessors(),
                        memory,
                        firstLine("systemd-detect-virt --vm"));
    }

    private static String loadAverage() {
        return first(Path.of("/proc/loadavg"), "(\\S+)");
    }

    private static String first(Path file, String pattern) {
        try {
            Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
            return matcher.find() ? matcher.group(1) : UNKNOWN;
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    /** The first line that a program prints. */
    public static String firstLine(String command) {
        try {
            Process process =
                    new ProcessBuilder(List.of(command.split(" ")))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String out =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return out.lines().findFirst().orElse(UNKNOWN);
        } catch (IOException e) {
            return UNKNOWN; // not installed
        }
    }
}
