// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Ranges;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.PeerConfig;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Checks whether the files of two machines fit together. */
final class PairCheck implements Check {
    private static final String CHECK = "pair";

    @Override
    public void judge(Observation seen, Findings findings) {
        List<Subject> subjects =
                seen.subjects().stream()
                        .filter(s -> s.config().isPresent() && s.file().publicKey() != null)
                        .toList();
        Set<PublicKey> known = new HashSet<>();
        subjects.forEach(subject -> known.add(subject.file().publicKey()));
        for (Subject a : subjects) {
            for (Subject b : subjects) {
                if (!a.file().publicKey().equals(b.file().publicKey())) {
                    direction(findings.about(a.label(), CHECK), a, b, known);
                }
            }
        }
        for (int i = 0; i < subjects.size(); i++) {
            for (Subject b : subjects.subList(i + 1, subjects.size())) {
                endpoints(findings.about(subjects.get(i).label(), CHECK), subjects.get(i), b);
            }
        }
        for (Subject a : subjects) {
            if (subjects.stream().anyMatch(b -> section(a, b).isPresent())) {
                findings.about(a.label(), CHECK).passUnlessFound("agrees with the other files");
            }
        }
    }

    /** Checks what a's file says about b. */
    private static void direction(
            Findings.About about, Subject a, Subject b, Set<PublicKey> known) {
        Optional<PeerConfig> there = section(a, b);
        Optional<PeerConfig> back = section(b, a);
        if (there.isEmpty()) {
            stranger(a, b, known)
                    .ifPresent(
                            peer ->
                                    about.fail(
                                            "its peer %s has the address of %s, whose key is %s"
                                                    .formatted(
                                                            peer.publicKey(),
                                                            b.label(),
                                                            b.file().publicKey()),
                                            "PublicKey = " + b.file().publicKey().toBase64()));
            return;
        }
        if (back.isEmpty()) {
            about.fail(
                    "knows " + b.label() + ", which has no peer with the key of this file",
                    "add to %s: [Peer] PublicKey = %s"
                            .formatted(b.file().path(), a.file().publicKey().toBase64()));
            return;
        }
        addresses(about, there.get(), b);
        port(about, there.get(), b);
    }

    private static Optional<PeerConfig> section(Subject of, Subject about) {
        PublicKey key = about.file().publicKey();
        return config(of).device().peers().stream()
                .filter(peer -> peer.publicKey().equals(key))
                .findFirst();
    }

    private static ConfigFile config(Subject subject) {
        return subject.config().orElseThrow();
    }

    /** Finds a peer of a that has the address of b, but the key of no known machine. */
    private static Optional<PeerConfig> stranger(Subject a, Subject b, Set<PublicKey> known) {
        List<IpPrefix> addresses = Ranges.addresses(config(b));
        return config(a).device().peers().stream()
                .filter(peer -> !known.contains(peer.publicKey()))
                .filter(peer -> Ranges.allowed(peer).stream().anyMatch(addresses::contains))
                .findFirst();
    }

    private static void addresses(Findings.About about, PeerConfig there, Subject b) {
        List<IpPrefix> allowed = Ranges.allowed(there);
        List<IpPrefix> addresses = Ranges.addresses(config(b));
        List<IpPrefix> refused =
                addresses.stream().filter(own -> !Ranges.anyContains(allowed, own)).toList();
        if (refused.isEmpty()) {
            return;
        }
        List<String> texts = refused.stream().map(Ranges::text).toList();
        String text =
                "AllowedIPs of peer %s leave out %s, the Address of %s: its packets are dropped"
                        .formatted(there.publicKey(), String.join(", ", texts), b.label());
        List<String> ranges = refused.stream().map(IpPrefix::toString).toList();
        String fix = "AllowedIPs = " + String.join(", ", ranges);
        if (refused.size() == addresses.size()) {
            about.fail(text, fix);
        } else {
            about.warn(text, fix);
        }
    }

    private static void port(Findings.About about, PeerConfig there, Subject b) {
        if (there.endpoint() == null) {
            return;
        }
        int listens = config(b).device().listenPort().orElse(0);
        int called = there.endpoint().port();
        if (listens == 0) {
            about.warn(
                    "calls %s at %s, but that has no ListenPort and uses a different port each time"
                            .formatted(b.label(), there.endpoint()),
                    "ListenPort = " + called);
        } else if (listens != called) {
            about.warn(
                    "calls %s at port %d, but its ListenPort is %d; correct only if a router forwards it"
                            .formatted(b.label(), called, listens),
                    "Endpoint = " + there.endpoint().host() + ":" + listens);
        }
    }

    /** Checks what the two files must agree on, once for both. */
    private static void endpoints(Findings.About about, Subject a, Subject b) {
        Optional<PeerConfig> there = section(a, b);
        Optional<PeerConfig> back = section(b, a);
        if (there.isEmpty() || back.isEmpty()) {
            return;
        }
        if (there.get().endpoint() == null && back.get().endpoint() == null) {
            about.fail(
                    "neither this file nor " + b.label() + " has an Endpoint for the other",
                    "Endpoint = HOST:PORT on at least one side");
        }
        if (!preshared(there.get()).equals(preshared(back.get()))) {
            about.fail(
                    "the preshared key is not the one in " + b.label(),
                    "wgj genpsk, and the same in both files");
        }
    }

    private static PresharedKey preshared(PeerConfig peer) {
        return peer.presharedKey() == null ? PresharedKey.NONE : peer.presharedKey();
    }
}
