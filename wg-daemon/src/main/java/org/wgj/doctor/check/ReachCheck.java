// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Probe;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Ranges;

import java.net.InetSocketAddress;

/** Checks whether a peer answers at its Endpoint while the interface is not up. */
final class ReachCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            Findings.About about = findings.about(subject.label(), "reachable");
            subject.probes().forEach((peer, probe) -> judge(about, subject, peer, probe));
        }
    }

    private static void judge(Findings.About about, Subject subject, PublicKey peer, Probe probe) {
        if (probe.route() == null) {
            return;
        }
        InetSocketAddress endpoint = probe.route().endpoint();
        if (endpoint.isUnresolved()) {
            about.fail(
                    "the name %s, the Endpoint of peer %s, does not resolve"
                            .formatted(endpoint.getHostString(), peer),
                    "getent ahosts " + endpoint.getHostString());
            return;
        }
        if (subject.device() != null || probe.reach() == null) {
            return; // HandshakeCheck judges this from more facts
        }
        String where = "peer %s at %s".formatted(peer, org.wgj.protocol.Endpoint.of(endpoint));
        String own = subject.file().publicKey().toBase64();
        switch (probe.reach()) {
            case ANSWERED -> about.pass(where + " answers an initiation");
            case COOKIE -> about.pass(where + " answers with a cookie: it is under load");
            case ANSWERED_WRONGLY ->
                    about.fail(
                            where + " answers, but not with the preshared key of this file",
                            "set the same PresharedKey on both sides, or on neither");
            case REFUSED ->
                    about.fail(
                            where + " refuses: no program listens on that port",
                            "on the other side: wgj show, to see whether it runs and on which"
                                    + " port");
            case UNREACHABLE ->
                    about.fail(
                            "no route to " + where,
                            "ip route get " + Ranges.text(endpoint.getAddress()) + " shows why");
            case SILENT ->
                    about.fail(
                            where
                                    + " does not answer: a key is wrong on one side, a firewall"
                                    + " drops UDP there, or it is off",
                            "on the other side: wgj doctor, and PublicKey = " + own);
        }
    }
}
