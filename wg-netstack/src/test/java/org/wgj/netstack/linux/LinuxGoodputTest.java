// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.linux.GoodputCell.Ends;
import org.wgj.netstack.linux.GoodputCell.Kind;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Goodput of one connection over emulated links: this stack to Linux, Linux to this stack, and
 * Linux to Linux over the same link. The three of a row run at the same time, each over its own
 * link; where chance decides, several copies of each do. {@code bin/netstack-linux} runs it and
 * keeps the table.
 *
 * <p>The aim is 0.9 of what Linux has with itself. A row below is measured twice more, and its run
 * with the median ratio counts, which must not be below {@link #LEAST}.
 *
 * <p>Properties: {@code goodput.seconds} for each row; {@code goodput.rows}, a regular expression
 * that the names of rows contain; {@code goodput.watch}: print what Linux says of its connections.
 */
@Tag("root")
@Tag("slow")
class LinuxGoodputTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final long SEED = 5;
    private static final double AIM = 0.9;

    /** The aim less what chance does to a few seconds of a few connections. */
    private static final double LEAST = 0.8;

    /**
     * @param copies how many connections of each kind run at once, each alone on its link
     * @param together whether the kinds run at the same time; the machine is too slow for that at
     *     high rates
     */
    private record Row(String name, Ends ends, LinkConditions link, int copies, boolean together) {
        Row with(String control, boolean ipv6) {
            String ofEnds = name + ", " + (ipv6 ? "IPv6" : control.equals("bbr") ? "BBR" : "Reno");
            return new Row(ofEnds, new Ends(control, ipv6), link, copies, together);
        }

        /** The stack has no BBR to compare. */
        List<Kind> kinds() {
            return ends.control().equals("bbr")
                    ? List.of(Kind.LINUX_TO_STACK, Kind.LINUX_TO_LINUX)
                    : List.of(Kind.values());
        }
    }

    private static final Ends CUBIC = new Ends("cubic", false);

    private static Row row(int rttMs, double lossPercent, int mbits, int reorderPercent) {
        long bits = mbits * 1_000_000L;
        int queue = (int) Math.max(30_000, bits / 8 * Math.max(rttMs, 10) / 1000);
        LinkConditions link = LinkConditions.delay(rttMs * MS / 2).loss(lossPercent / 100);
        String name = rttMs + " ms, ";
        if (lossPercent > 0) {
            name += String.format(Locale.ROOT, "%s %% lost, ", lossPercent).replace(".0", "");
        }
        if (reorderPercent > 0) {
            link = link.reordering(reorderPercent / 100.0, 5 * MS);
            name += reorderPercent + " % reordered, ";
        }
        name += String.format(Locale.ROOT, "%,d Mbit/s", mbits);
        boolean fastByChance = lossPercent == 0 && reorderPercent > 0;
        int copies = fastByChance ? 3 : lossPercent == 0 ? 1 : lossPercent < 0.5 ? 4 : 12;
        boolean together = mbits < 1000 && !fastByChance;
        return new Row(name, CUBIC, link.rate(bits, queue), copies, together);
    }

    private static final List<Row> ROWS =
            List.of(
                    row(0, 0, 1000, 0),
                    row(10, 0, 1, 0),
                    row(10, 0, 100, 0),
                    row(50, 0, 100, 0),
                    row(200, 0, 10, 0),
                    row(200, 0, 100, 0),
                    row(20, 0.1, 100, 0),
                    row(20, 1, 100, 0),
                    row(50, 1, 10, 0),
                    row(20, 5, 10, 0),
                    row(100, 5, 10, 0),
                    row(20, 0, 100, 2),
                    row(50, 0.5, 50, 2),
                    row(50, 0, 100, 0).with("reno", false),
                    row(20, 1, 100, 0).with("reno", false),
                    row(50, 0, 100, 0).with("bbr", false),
                    row(20, 1, 100, 0).with("bbr", false),
                    row(20, 0, 100, 2).with("bbr", false),
                    row(50, 0, 100, 0).with("cubic", true));

    @Test
    void goodputIsThatOfLinux() throws Exception {
        long seconds = Integer.getInteger("goodput.seconds", 5);
        String wanted = System.getProperty("goodput.rows", "");
        List<String> report = new ArrayList<>();
        List<String> slow = new ArrayList<>();
        report.add(
                "| link, round trip | stack to Linux | Linux to stack | Linux to Linux | lower of"
                        + " the two \u00f7 Linux |");
        report.add("|---|---|---|---|---|");
        measure(new Row("warm up", CUBIC, LinkConditions.PERFECT, 1, false), SECOND);
        for (Row row : ROWS) {
            if (!Pattern.compile(wanted).matcher(row.name).find()) {
                continue;
            }
            Map<Kind, Double> mbits = measureUntilSure(row, seconds * SECOND);
            double kernel = mbits.get(Kind.LINUX_TO_LINUX);
            String line =
                    String.format(
                            Locale.ROOT,
                            "| %s | %s | %.2f | %.2f | %.2f |",
                            row.name,
                            mbits.containsKey(Kind.STACK_TO_LINUX)
                                    ? String.format(
                                            Locale.ROOT, "%.2f", mbits.get(Kind.STACK_TO_LINUX))
                                    : "",
                            mbits.get(Kind.LINUX_TO_STACK),
                            kernel,
                            ratio(mbits));
            System.out.println(line);
            report.add(line);
            if (!(ratio(mbits) >= LEAST)) {
                slow.add(line);
            }
        }
        String file = System.getProperty("goodput.report", "target/netstack-linux.txt");
        Files.write(Path.of(file), report);
        assertEquals(List.of(), slow, "rows below " + LEAST + " of Linux");
    }

    /** Returns the lower of the two that this stack takes part in, as a share of Linux's. */
    private static double ratio(Map<Kind, Double> mbits) {
        double worst =
                mbits.entrySet().stream()
                        .filter(entry -> entry.getKey() != Kind.LINUX_TO_LINUX)
                        .mapToDouble(Map.Entry::getValue)
                        .min()
                        .orElseThrow();
        return worst / mbits.get(Kind.LINUX_TO_LINUX);
    }

    private static Map<Kind, Double> measureUntilSure(Row row, long ns) throws Exception {
        List<Map<Kind, Double>> runs = new ArrayList<>(List.of(measure(row, ns)));
        if (ratio(runs.getFirst()) >= AIM) {
            return runs.getFirst();
        }
        runs.add(measure(row, ns));
        runs.add(measure(row, ns));
        runs.sort(Comparator.comparingDouble(LinuxGoodputTest::ratio));
        return runs.get(1);
    }

    private static Map<Kind, Double> measure(Row row, long ns) throws Exception {
        Map<Kind, Double> mbits = new EnumMap<>(Kind.class);
        if (row.together) {
            measure(row, row.kinds(), ns, mbits);
        } else {
            for (Kind kind : row.kinds()) {
                measure(row, List.of(kind), ns, mbits);
            }
        }
        return mbits;
    }

    private static void measure(Row row, List<Kind> kinds, long ns, Map<Kind, Double> mbits)
            throws Exception {
        List<GoodputCell> cells = new ArrayList<>();
        try {
            for (int copy = 0; copy < row.copies; copy++) {
                for (Kind kind : kinds) {
                    cells.add(GoodputCell.start(kind, row.ends, row.link, SEED + copy));
                }
            }
            List<EmulatedLink> links = cells.stream().map(cell -> cell.link).toList();
            List<LinuxHost> hosts = cells.stream().flatMap(cell -> cell.hosts.stream()).toList();
            RealTime.run(links, hosts, () -> cells.stream().anyMatch(GoodputCell::hasFailed), ns);
            for (int i = 0; i < cells.size(); i++) {
                double each = cells.get(i).received() * 8e3 / ns / row.copies;
                mbits.merge(kinds.get(i % kinds.size()), each, Double::sum);
            }
        } finally {
            for (GoodputCell cell : cells) {
                cell.close();
            }
        }
    }
}
