// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.PeerView;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks whether a key is used twice. */
final class KeyCheck implements Check {
    private static final String NEW_PAIR =
            "wgj genkey | tee private.key | wgj pubkey, a pair for each machine";

    @Override
    public void judge(Observation seen, Findings findings) {
        List<Subject> subjects = seen.subjects();
        for (int i = 0; i < subjects.size(); i++) {
            Subject subject = subjects.get(i);
            PublicKey own = ownKey(subject);
            Findings.About about = findings.about(subject.label(), "keys");
            for (Subject other : subjects.subList(0, i)) {
                if (own != null && own.equals(ownKey(other))) {
                    sameIdentity(about, subject, other);
                }
            }
            // From the file: a daemon ignores such peers silently.
            List<PeerView> peers =
                    subject.config().map(PeerView::of).orElseGet(() -> PeerView.of(subject));
            Set<PublicKey> known = new HashSet<>();
            for (PeerView peer : peers) {
                if (peer.key().equals(own)) {
                    about.fail(
                            "peer " + peer.key() + " has the key of this interface itself",
                            "enter the public key of the other side");
                } else if (!known.add(peer.key())) {
                    about.fail(
                            "peer " + peer.key() + " is listed twice",
                            "join the two [Peer] sections");
                }
            }
            if (own != null) {
                about.passUnlessFound(
                        "public key " + own.toBase64() + ", and every peer has its own");
            }
        }
    }

    static PublicKey ownKey(Subject subject) {
        return subject.file() != null && subject.file().publicKey() != null
                ? subject.file().publicKey()
                : subject.device() == null ? null : subject.device().publicKey();
    }

    private static void sameIdentity(Findings.About about, Subject subject, Subject other) {
        String text = "has the same private key as " + other.label();
        if (subject.local() && other.local()) {
            // Two interfaces of one machine may, as long as they have no peer in common.
            about.warn(text + ": a peer of both would answer only one", NEW_PAIR);
        } else {
            about.fail(text + ": peers answer the one they heard last", NEW_PAIR);
        }
    }
}
