// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.observation;

import org.wgj.crypto.PublicKey;
import org.wgj.doctor.observation.Observation.TunnelMtu;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What was seen through a tunnel that the doctor opened with the key of a file.
 *
 * @param notOpened why the doctor opened none; null if it tried
 * @param failed why it did not start; null if it did, or was not tried
 * @param names the answers of the file's name servers; empty if it has none
 * @param targets one for each target
 * @param mtus the longest packets, by peer
 */
public record Through(
        String notOpened,
        String failed,
        List<NameReply> names,
        List<TargetReply> targets,
        Map<PublicKey, TunnelMtu> mtus) {
    public Through {
        names = List.copyOf(names);
        targets = List.copyOf(targets);
        mtus = Map.copyOf(mtus);
    }

    public static Through notOpened(String why) {
        return new Through(why, null, List.of(), List.of(), Map.of());
    }

    public static Through failed(String why) {
        return new Through(null, why, List.of(), List.of(), Map.of());
    }

    /** Returns whether there was a tunnel. */
    public boolean opened() {
        return notOpened == null && failed == null;
    }

    /** The result of an attempt. */
    public enum Reply {
        ANSWERED,
        /** The name has no address; of a name server: it says so. */
        UNKNOWN_NAME,
        /** No AllowedIPs cover the address. */
        NOT_COVERED,
        /** The tunnel has no own address of that family; the detail says why. Nothing was sent. */
        NO_SOURCE,
        /** The peer whose AllowedIPs cover the address has no session with us. */
        NO_HANDSHAKE,
        REFUSED,
        /** There was no answer in time. */
        TIMED_OUT,
        /** A router behind the tunnel says so. */
        UNREACHABLE,
        FAILED
    }

    /**
     * The answer of one name server.
     *
     * @param wanted whether the user gave the name; otherwise any answer will do
     * @param addresses those of the name; empty unless it answered
     * @param detail the reason of a failure; null if there is none
     */
    public record NameReply(
            InetAddress server,
            String name,
            boolean wanted,
            Reply reply,
            List<InetAddress> addresses,
            String detail) {}

    /**
     * The answer of a target.
     *
     * @param address its address; null if its name has none
     * @param peer the peer that it is behind; null if no AllowedIPs cover it
     * @param time until the connection was there or the ping answered; null if that failed
     * @param detail the reason of a failure; null if there is none
     */
    public record TargetReply(
            ThroughTarget target,
            InetAddress address,
            PublicKey peer,
            Reply reply,
            Duration time,
            String detail) {}
}
