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
 * Is there a session with each peer? Tells apart a handshake that never was, one that is too old
 * although there is something to send, and one that is old because there is not.
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
            about.pass(name + old + ", a new one when a packet asked for it");
        } else if (isOurTurn(peer, probe)) {
            Cause cause = cause(subject.device(), peer, probe);
            about.fail(name + old + ", though we send; " + cause.text, cause.fix);
        } else if (last != null) {
            about.pass(name + old + ": idle, the next packet makes a new one");
        } else if (peer.endpoint() == null) {
            about.warn(
                    name + "none, and no endpoint is known: the peer has to call",
                    "start the other side, or give its Endpoint here");
        } else {
            about.warn(
                    name + "none, nothing was sent yet",
                    "send a packet to one of its AllowedIPs, such as a ping");
        }
    }

    private static boolean renewed(PeerStatus before, Probe probe) {
        Instant after = probe.trigger() == null ? null : probe.trigger().after().lastHandshake();
        return after != null
                && (before.lastHandshake() == null || after.isAfter(before.lastHandshake()));
    }

    /** Whether something was to be sent, so that a peer that is there would have answered. */
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
                    "nobody listens at " + endpoint,
                    "on the other side: wgj show, to see whether it runs and on which port");
        }
        if (probe.reach() == Reach.UNREACHABLE) {
            return new Cause("there is no way to " + endpoint, "ip route get tells why");
        }
        if (dropped(probe, DropReason.HANDSHAKE_INVALID)) {
            return new Cause(
                    endpoint + " answers, but not with the preshared key of this side",
                    "the same PresharedKey on both sides, or on none");
        }
        if (dropped(probe, DropReason.MAC1_INVALID)) {
            return new Cause(
                    "somebody calls, but knows another public key for this interface",
                    otherSide(device.publicKey()));
        }
        if (probe.trigger() != null && probe.trigger().after().sentBytes() == peer.sentBytes()) {
            return new Cause(
                    "and no datagram left",
                    "ip link set up the interface, and look at the firewall's output chains");
        }
        String reasons =
                peer.lastHandshake() == null
                        ? " does not answer: a key is wrong on one side, a firewall drops UDP"
                                + " there, or it is off"
                        : " no longer answers: it is off, moved, or a NAT on the way forgot it";
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
