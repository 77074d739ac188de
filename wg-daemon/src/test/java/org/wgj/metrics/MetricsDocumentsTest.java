// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.mesh.relay.RelayDrop;
import org.wgj.protocol.DropReason;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Holds the documents, the alerts and the dashboard to what is served. */
class MetricsDocumentsTest {
    private static final Pattern NAME = Pattern.compile("\\b(?:wgj|wireguard)_[a-z_]+[a-z]\\b");

    /** Words of the same form that are no series. */
    private static final Set<String> OTHERS =
            Set.of("wireguard_exporter", "wireguard_peer_monitoring");

    private static String read(String file) throws IOException {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("dist"))) {
            folder = folder.getParent();
        }
        return Files.readString(folder.resolve(file));
    }

    /** Each family has one row of a table, with its type and its labels. */
    @Test
    void theTablesAreTheCode() throws IOException {
        Map<String, String> rows = new LinkedHashMap<>();
        for (String line : read("docs/metrics.md").lines().toList()) {
            Matcher row =
                    Pattern.compile("\\| `(w[a-z_]+)` \\| ([a-z]+) \\| ([^|]*)\\|.*").matcher(line);
            if (row.matches()) {
                String before = rows.put(row.group(1), row.group(2) + ": " + row.group(3).strip());
                assertEquals(null, before, "two rows of " + row.group(1));
            }
        }
        Map<String, String> families = new LinkedHashMap<>();
        for (MetricFamily family : Pages.FAMILIES) {
            String labels =
                    family.labels().stream()
                            .map(label -> "`" + label + "`")
                            .collect(Collectors.joining(", "));
            families.put(family.name(), family.type().text + ": " + labels);
        }
        assertEquals(families, rows);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "docs/metrics.md",
                "dist/grafana/wgj.json",
                "dist/prometheus/wgj.rules.yaml",
                "dist/prometheus/wgj.rules.test.yaml"
            })
    void everySeriesThatIsNamedIsServed(String file) throws IOException {
        Set<String> served =
                Pages.FAMILIES.stream().map(MetricFamily::name).collect(Collectors.toSet());
        Set<String> named = new TreeSet<>();
        Matcher matcher = NAME.matcher(read(file));
        while (matcher.find()) {
            named.add(matcher.group());
        }
        named.removeAll(OTHERS);
        assertTrue(named.size() > 5, named.toString());
        named.removeAll(served);
        named.remove("wgj_"); // the prefix
        assertEquals(Set.of(), named);
    }

    /** A label's value that does not exist would never fire an alert. */
    @ParameterizedTest
    @ValueSource(strings = {"docs/metrics.md", "dist/prometheus/wgj.rules.yaml"})
    void everyReasonThatIsNamedExists(String file) throws IOException {
        Set<String> reasons =
                Arrays.stream(DropReason.values())
                        .map(reason -> reason.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet());
        Matcher matcher =
                Pattern.compile("wgj_dropped_packets_total\\{reason=~?\"([a-z0-9_|]+)\"")
                        .matcher(read(file));
        int found = 0;
        while (matcher.find()) {
            for (String reason : matcher.group(1).split("\\|")) {
                assertTrue(reasons.contains(reason), reason);
                found++;
            }
        }
        Matcher words = Pattern.compile("(?s)The reasons of .*?\n\n").matcher(read(file));
        if (words.find()) {
            Matcher quoted = Pattern.compile("`([a-z0-9_]+)`").matcher(words.group());
            while (quoted.find()) {
                if (!quoted.group(1).startsWith("wgj_")) {
                    assertTrue(reasons.contains(quoted.group(1)), quoted.group(1));
                    found++;
                }
            }
        }
        assertTrue(found > 5, found + " reasons in " + file);
    }

    @Test
    void theReasonsOfARelayAreTheCode() throws IOException {
        String table =
                read("docs/metrics.md")
                        .replaceFirst("(?s).*The reasons of `wgj_mesh_relay_[a-z_]+` are:", "")
                        .replaceFirst("(?s)\n## .*", "");
        Set<String> rows =
                Pattern.compile("(?m)^\\| (`[^|]*) \\|")
                        .matcher(table)
                        .results()
                        .flatMap(row -> Arrays.stream(row.group(1).split(", ")))
                        .map(reason -> reason.replace("`", ""))
                        .collect(Collectors.toSet());
        Set<String> reasons =
                Arrays.stream(RelayDrop.values())
                        .map(reason -> reason.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet());
        assertEquals(reasons, rows);
    }
}
