// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;
import org.wgj.benchmarks.lab.Carrier;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The table, the bars and the JSON say what was measured, and what was not. */
class BenchReportTest {
    private final Results results = new Results();

    @Test
    void aRowHoldsMediansSpreadsAndRatios() throws IOException {
        String table = MarkdownTable.of(report(false));

        assertTrue(
                table.contains(
                        "| TCP, 1 stream ↑ | Gbit/s | 5.00 (4.00–6.00) | 2.50 (2.00–3.00) | 20.0"
                                + " (20.0–20.0) | 2.00 x (2.00–2.00) |\n"),
                table);
        assertTrue(table.contains("Medians of 2 rounds"), table);
        // Not measured is not zero.
        assertTrue(table.contains("| ping, idle ↓ | ms | – | – | – | – |\n"), table);
    }

    @Test
    void whatIsMissingIsNamedWithItsReason() throws IOException {
        BenchReport report = report(false);

        assertTrue(MarkdownTable.of(report).contains("**kernel is missing**: unknown device"));
        assertTrue(MarkdownTable.of(report).contains("**OpenSSL is missing**: no program openssl"));
        JsonObject json = JsonParser.parseString(JsonFile.of(report)).getAsJsonObject();
        assertEquals("unknown device", json.getAsJsonObject("missing").get("kernel").getAsString());
        assertEquals(
                "no program openssl",
                json.getAsJsonObject("cryptography")
                        .getAsJsonObject("missing")
                        .get("OpenSSL")
                        .getAsString());
    }

    @Test
    void newDaemonsComeFirstWithATimeline() throws IOException {
        BenchReport report = report(false);
        String table = MarkdownTable.of(report);

        assertTrue(
                table.contains(
                        "| TCP, 1 stream, first 3 s ↑ | Gbit/s | 2.00 (1.00–3.00) | 2.00"
                                + " | – | – | 0.500 x |\n"),
                table);
        assertTrue(table.contains("| wgj | 1.50 | 2.50 | 2.00 | 5.00 |\n"), table);
        // 0.9 of 5 Gbit/s, which the first timeline reaches in its last second, the other never.
        assertTrue(
                table.contains(
                        "| until 0.9 of the warm speed is reached ↓ | s | 3.50 (3.00–4.00) |"),
                table);
        assertTrue(table.indexOf("first 3 s") < table.indexOf("TCP, 4 streams"), table);
        JsonObject cold =
                JsonParser.parseString(JsonFile.of(report))
                        .getAsJsonObject()
                        .getAsJsonObject("cold");
        assertEquals(
                2.5,
                cold.getAsJsonObject("secondsGigabitsPerSecond")
                        .getAsJsonArray("wgj")
                        .get(1)
                        .getAsDouble());
        String svg = Timeline.of(report.cold(), "Gbit/s");
        assertTrue(svg.contains(">wireguard-go to wgj</text>"), svg);
        assertEquals(2, svg.split("stroke-dasharray", -1).length - 1 >> 1, svg);
    }

    @Test
    void theCryptographyHasATableOfItsOwn() throws IOException {
        String table = MarkdownTable.of(report(false));

        assertTrue(table.contains("| seal 64 B ↓ | ns/packet | 80.0 | 800 | 0.100 x |\n"), table);
        assertTrue(table.contains("- wgj: vector512\n"), table);
    }

    @Test
    void eachFigureOfAnEmulatedMachineSaysSo() throws IOException {
        BenchReport report = report(true);

        List<String> rows =
                MarkdownTable.of(report)
                        .lines()
                        .filter(line -> line.contains(" ↑ | ") || line.contains(" ↓ | "))
                        .toList();
        assertEquals(
                ColdFigure.values().length + Figure.values().length + CryptoFigure.values().length,
                rows.size());
        rows.forEach(row -> assertTrue(row.contains("| emulated "), row));
        JsonObject json = JsonParser.parseString(JsonFile.of(report)).getAsJsonObject();
        assertTrue(json.get("emulated").getAsBoolean());
        for (String list : List.of("figures", "samples")) {
            for (JsonElement element : json.getAsJsonArray(list)) {
                String unit = element.getAsJsonObject().get("unit").getAsString();
                assertTrue(unit.startsWith("emulated "), unit);
            }
        }
        assertTrue(BarChart.of(report).contains("emulated machine"));
        assertTrue(BarChart.of(report).contains("emulated Gbit/s"));
        assertFalse(MarkdownTable.of(report(false)).contains("emulated"));
        assertFalse(BarChart.of(report(false)).contains("emulated"));
    }

    @Test
    void barsAreAsLongAsTheirFigures() throws IOException {
        String svg = BarChart.of(report(false));

        double wgj = width(svg, "#2da44e");
        assertEquals(wgj / 2, width(svg, "#54aeff"), 0.1);
        // The scale has room for the most that was measured, 6 Gbit/s.
        assertEquals(288 * 5.0 / 6.0, wgj, 0.1);
        assertTrue(svg.contains("without a tunnel 20.0"), svg);
        assertTrue(svg.contains("A &amp; B"), svg);
    }

    private static double width(String svg, String colour) {
        String bar =
                svg.lines()
                        .filter(line -> line.contains("fill=\"" + colour))
                        .findFirst()
                        .orElseThrow();
        return Double.parseDouble(bar.replaceAll(".* width=\"([0-9.]+)\".*", "$1"));
    }

    private BenchReport report(boolean emulated) throws IOException {
        for (int round = 1; round <= 2; round++) {
            sample(round, Carrier.WGJ, 2 + 2 * round);
            sample(round, Carrier.WIREGUARD_GO, 1 + round);
            sample(round, Carrier.NONE, 20);
        }
        Crypto crypto =
                new Crypto(
                        new ArrayList<>(List.of(CryptoEngine.WGJ, CryptoEngine.CIPHER)),
                        new EnumMap<>(
                                Map.of(
                                        CryptoEngine.WGJ,
                                        "vector512",
                                        CryptoEngine.CIPHER,
                                        "cipher")),
                        new EnumMap<>(Map.of(CryptoEngine.OPENSSL, "no program openssl")),
                        new Results());
        crypto.add(1, CryptoEngine.WGJ, figures(80));
        crypto.add(1, CryptoEngine.CIPHER, figures(800));
        List<Carrier> measured = List.of(Carrier.WGJ, Carrier.WIREGUARD_GO, Carrier.NONE);
        ColdStart cold = new ColdStart(measured, 4, sample -> {});
        cold.add(1, ColdPair.WGJ, new double[] {0.5, 1.5, 1, 6});
        cold.add(2, ColdPair.WGJ, new double[] {2.5, 3.5, 3, 4});
        cold.add(1, ColdPair.WIREGUARD_GO, new double[] {2, 2, 2, 2});
        cold.compareWith(results);
        return new BenchReport(
                Map.of("machine", "A & B"),
                emulated,
                measured,
                Map.of(Carrier.KERNEL, "unknown device"),
                List.of(),
                results,
                cold,
                crypto);
    }

    /** As the measuring process prints them. */
    private static List<String> figures(double value) {
        return List.of(
                "seal1440 700.1",
                "open1440 710.2",
                "seal64 " + value,
                "open64 81",
                "allocated 0.000");
    }

    private void sample(int round, Carrier implementation, double value) {
        if (results.samples().size() < 6) {
            results.add(new Results.Sample(round, Figure.TCP_1, implementation, value));
        }
    }
}
