// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor;

import org.wgj.doctor.check.Checks;
import org.wgj.doctor.collect.Observer;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.ThroughTarget;
import org.wgj.doctor.report.Report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Finds out why a tunnel does not work: examines files, interfaces, routes and the firewall, probes
 * the peers, and only then judges. Changes nothing, and disturbs no session that it can see.
 */
public final class Doctor {
    private static final Path CONFIGURATIONS = Path.of("/etc/wireguard");

    private Doctor() {}

    /**
     * Examines and judges. Takes some seconds if peers do not answer.
     *
     * @param words interfaces, files or folders; none for every interface of this machine
     * @param through what to reach through a tunnel of the doctor's own, which has the key of the
     *     only file; empty to open none
     * @throws IOException if there is nothing to examine
     */
    public static Report examine(List<String> words, List<ThroughTarget> through)
            throws IOException {
        Observation seen = Observer.look(CONFIGURATIONS, words, through);
        try {
            return new Report(Checks.judge(seen));
        } finally {
            seen.wipe();
        }
    }
}
