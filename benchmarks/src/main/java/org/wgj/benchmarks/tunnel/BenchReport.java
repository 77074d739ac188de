// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.lab.Carrier;

import java.util.List;
import java.util.Map;

/**
 * All that is reported.
 *
 * @param environment machine, versions and settings, by name
 * @param emulated whether the processor was, in which case each figure says so
 * @param measured in the order they took turns in
 * @param missing why the others were not
 * @param failures what went wrong in single measurements
 * @param results of the tunnels
 * @param cold of daemons that have just started
 */
record BenchReport(
        Map<String, String> environment,
        boolean emulated,
        List<Carrier> measured,
        Map<Carrier, String> missing,
        List<String> failures,
        Results results,
        ColdStart cold,
        Crypto crypto) {

    /** The unit of a figure, with the word that belongs to each figure of an emulated machine. */
    String unit(ReportRow figure) {
        return emulated ? "emulated " + figure.unit() : figure.unit();
    }
}
