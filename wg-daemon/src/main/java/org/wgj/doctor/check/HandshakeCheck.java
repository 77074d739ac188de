// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.DeviceState;
import org.wgj.doctor.observation.Observation.Probe;
import org.wgj.doctor.observation.Observation.Reach;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Sessions;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.PeerStatus;

import java.time.Duration;
import java.time.Instant;

/**
 * Checks whether there is a session with each peer. Distinguishes a missing handshake, one that is
 * too old although there is traffic to send, and one that is old because the tunnel is idle.
 */
final class HandshakeCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        Instant now = seen.host().clock().now();
        for (Subject subject : seen.subjects()) {
            if (subject.device() == null) {
                continue;
            }
            for (PeerStatus peer : subject.device().peers()) {
                Findings.About about = findings.about(subject.label(), "handshake");
                judge(about, now, subject, peer);
            }
        }
    }

    private static void judge(Findings.About about, Instant now, Subject subject, PeerStatus peer) {
        Probe probe = subject.probe(peer.publicKey());
        String name = "peer " + peer.publicKey() + ": ";
        Instant last = peer.lastHandshake();
        String old =
                last == null ? "none" : HumanDuration.text(Duration.between(last, now)) + " ago";
        if (Sessions.isAlive(peer, now)) {
            about.pass(name + old);
        } else if (renewed(peer, probe)) {
            about.pass(name + old + ", and a new one after a test packet");
        } else if (isOurTurn(peer, probe)) {
            Cause cause = cause(subject.device(), peer, probe);
            about.fail(name + old + ", although we send; " + cause.text, cause.fix);
        } else if (last != null) {
            about.pass(name + old + ": idle; the next packet starts a new one");
        } else if (peer.endpoint() == null) {
            about.warn(
                    name + "none, and no endpoint is known: the peer must connect first",
                    "start the other side, or set its Endpoint on this side");
        } else {
            about.warn(
                    name + "none; nothing was sent yet",
                    "send a packet to one of its AllowedIPs, such as a ping");
        }
    }

    private static boolean renewed(PeerStatus before, Probe probe) {
        Instant after = probe.trigger() == null ? null : probe.trigger().after().lastHandshake();
        return after != null
                && (before.lastHandshake() == null || after.isAfter(before.lastHandshake()));
    }

    /** Returns whether we had something to send, so that a reachable peer would have answered. */
    private static boolean isOurTurn(PeerStatus peer, Probe probe) {
        if (peer.endpoint() == null) {
            return false;
        }
        return probe.trigger() != null
                || peer.persistentKeepaliveSeconds() > 0
                || peer.lastHandshake() == null && peer.sentBytes() != 0;
    }

    private record Cause(String text, String fix) {}

    private static Cause cause(DeviceState device, PeerStatus peer, Probe probe) {
        String endpoint = peer.endpoint().toString();
        if (probe.reach() == Reach.REFUSED) {
            return new Cause(
                    "no program listens at " + endpoint,
                    "on the other side: wgj show, to see whether it runs and on which port");
        }
        if (probe.reach() == Reach.UNREACHABLE) {
            return new Cause("there is no route to " + endpoint, "ip route get shows why");
        }
        if (dropped(probe, DropReason.HANDSHAKE_INVALID)) {
            return new Cause(
                    endpoint + " answers, but not with the preshared key of this side",
                    "set the same PresharedKey on both sides, or on neither");
        }
        if (dropped(probe, DropReason.MAC1_INVALID)) {
            return new Cause(
                    "a peer connects, but has a different public key for this interface",
                    otherSide(device.publicKey()));
        }
        if (probe.trigger() != null && probe.trigger().after().sentBytes() == peer.sentBytes()) {
            return new Cause(
                    "and no datagram was sent",
                    "ip link set up the interface, and check the firewall's output chains");
        }
        String reasons =
                peer.lastHandshake() == null
                        ? " does not answer: a key is wrong on one side, a firewall drops UDP"
                                + " there, or it is off"
                        : " no longer answers: it is off or has moved, or a NAT on the way dropped"
                                + " its entry";
        return new Cause(endpoint + reasons, otherSide(device.publicKey()));
    }

    private static String otherSide(PublicKey own) {
        return own == null
                ? "set a private key"
                : "on the other side: wgj doctor, and PublicKey = " + own.toBase64();
    }

    private static boolean dropped(Probe probe, DropReason reason) {
        return probe.trigger() != null && probe.trigger().drops().getOrDefault(reason, 0L) > 0;
    }
}
