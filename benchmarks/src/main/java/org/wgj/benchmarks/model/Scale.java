// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.model;

import org.wgj.crypto.TransportAead;

import java.util.List;
import java.util.Locale;

/**
 * Estimates the gain of more cores, from stages measured here and a simulation, as a Markdown
 * table.
 *
 * <p>The kernel's part of a packet is an argument: perf showed some 900 ns on each side for TCP
 * with offloads, in the calls of the loop, half of it for the TUN and half for UDP.
 */
public final class Scale {
    private static final double KERNEL_NS = 900;
    private static final int MOST_TUNNELS = 4;

    private Scale() {}

    /**
     * @param args the kernel's nanoseconds for a packet and side; {@value #KERNEL_NS} without
     */
    public static void main(String[] args) {
        double kernelNs = args.length > 0 ? Double.parseDouble(args[0]) : KERNEL_NS;
        System.setProperty("wgj.workers", "0"); // stages of one thread
        TransportAead aead = TransportAead.best();
        aead.warmUp(); // and with that chosen
        Measured measured = new Measured(aead);
        double handOffNs = WorkerFigures.handOffNs();
        Side sender =
                new Side(
                        "sender",
                        kernelNs / 2 + measured.splitNs(),
                        measured.sealNs(),
                        kernelNs / 2,
                        handOffNs);
        Side receiver =
                new Side(
                        "receiver",
                        kernelNs / 2,
                        measured.openNs(),
                        measured.coalesceNs() + kernelNs / 2,
                        handOffNs);
        System.out.print(report(aead.name(), kernelNs, sender, receiver));
    }

    static String report(String engine, double kernelNs, Side sender, Side receiver) {
        StringBuilder out = new StringBuilder();
        line(
                out,
                "**A model, not a measurement.** Stages measured on this machine, for a packet of"
                    + " %,d bytes: seal %.0f ns, open %.0f ns (%s), split %.0f ns, coalesce %.0f"
                    + " ns, hand-off to a worker %.0f ns; taken as given: %.0f ns in the kernel on"
                    + " each side. Gbit/s of one end, batches of %d packets, and as many workers as"
                    + " without a setting. A tunnel carries what the slower end does.%n",
                Measured.LENGTH,
                sender.cryptographyNs(),
                receiver.cryptographyNs(),
                engine,
                sender.beforeNs() - kernelNs / 2,
                receiver.afterNs() - kernelNs / 2,
                sender.handOffNs(),
                kernelNs,
                Measured.PACKETS);
        line(
                out,
                "| cores of each end | workers | 1 tunnel, sender | receiver | %d tunnels, sender |"
                        + " receiver |",
                MOST_TUNNELS);
        line(out, "| --- | --- | --- | --- | --- | --- |");
        for (int cores : List.of(1, 2, 4, 8, 16, 32)) {
            line(
                    out,
                    "| %d | %d | %.1f | %.1f | %.1f | %.1f |",
                    cores,
                    WorkerFigures.workers(cores),
                    gigabits(sender, cores, 1),
                    gigabits(receiver, cores, 1),
                    gigabits(sender, cores, MOST_TUNNELS),
                    gigabits(receiver, cores, MOST_TUNNELS));
        }
        return out.toString();
    }

    private static double gigabits(Side side, int cores, int tunnels) {
        Simulation simulation =
                new Simulation(
                        side,
                        cores,
                        WorkerFigures.workers(cores),
                        Measured.PACKETS,
                        WorkerFigures.packetsOfPart());
        return Measured.LENGTH * 8 / simulation.nsPerPacket(tunnels);
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
