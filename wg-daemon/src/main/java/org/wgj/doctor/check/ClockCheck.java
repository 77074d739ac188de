// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Clock;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Sessions;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.PeerStatus;

import java.time.Duration;
import java.time.Instant;

/**
 * Checks the clock. Every initiation carries the time, and a peer accepts only a later time than
 * the last one (whitepaper 5.1): after a clock was set back, peers do not answer until it has
 * caught up.
 */
final class ClockCheck implements Check {
    private static final Duration TOLERANCE = Duration.ofMinutes(1);
    private static final String FIX = "timedatectl set-ntp true";

    @Override
    public void judge(Observation seen, Findings findings) {
        Clock clock = seen.host().clock();
        Findings.About about = findings.about(Findings.HOST, "clock");
        if (clock.now().isBefore(clock.built())) {
            about.fail(
                    "says %s, but this program was built at %s: peers that have seen a later time do not answer"
                            .formatted(clock.now(), clock.built()),
                    FIX);
        }
        for (Subject subject : seen.subjects()) {
            if (subject.file() != null
                    && subject.file().modified().isAfter(clock.now().plus(TOLERANCE))) {
                about.warn(
                        "%s was changed at %s, which is in the future: the clock may have been set back"
                                .formatted(subject.file().path(), subject.file().modified()),
                        FIX);
            }
            refused(findings, clock.now(), subject);
        }
        if (clock.synchronised().isEmpty()) {
            about.skip("the kernel does not say whether its clock is synchronised");
        } else if (!clock.synchronised().get()) {
            about.warn("not synchronised: if it were set back, peers would not answer", FIX);
        } else {
            about.passUnlessFound("synchronised");
        }
    }

    /**
     * Warns if handshake messages were refused while a peer's session is dead: the refused messages
     * may be that peer's, whose clock was set back. A responder cannot tell which peer sent them.
     */
    private static void refused(Findings findings, Instant now, Subject subject) {
        if (subject.device() == null) {
            return;
        }
        long refused = subject.device().drops().getOrDefault(DropReason.HANDSHAKE_INVALID, 0L);
        for (PeerStatus peer : subject.device().peers()) {
            boolean lost = peer.lastHandshake() != null && !Sessions.isAlive(peer, now);
            if (refused > 0 && lost) {
                findings.about(subject.label(), "clock")
                        .warn(
                                ("%d handshake messages were refused: if peer %s sent them, its"
                                                + " clock was set back to before its last"
                                                + " handshake")
                                        .formatted(refused, peer.publicKey()),
                                "on the peer: " + FIX);
            }
        }
    }
}
