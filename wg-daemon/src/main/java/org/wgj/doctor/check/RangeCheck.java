// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.Ranges;
import org.wgj.protocol.IpPrefix;

import java.util.ArrayList;
import java.util.List;

/** Checks whether the allowed IPs of peers conflict. */
final class RangeCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            // From the file: in the daemon a range belongs to the peer that got it last.
            List<PeerView> peers =
                    subject.config().map(PeerView::of).orElseGet(() -> PeerView.of(subject));
            if (peers.isEmpty()) {
                continue;
            }
            Findings.About about = findings.about(subject.label(), "allowed IPs");
            for (int i = 0; i < peers.size(); i++) {
                for (PeerView earlier : peers.subList(0, i)) {
                    sameRanges(about, earlier, peers.get(i));
                }
                hidden(about, peers, peers.get(i));
                ownAddress(about, subject, peers.get(i));
            }
            about.passUnlessFound(nested(peers));
        }
    }

    /** A longer range inside another peer's range is legal and takes precedence; reports it. */
    private static String nested(List<PeerView> peers) {
        List<String> found = new ArrayList<>();
        for (PeerView outer : peers) {
            for (PeerView inner : peers) {
                for (IpPrefix range : outer.ranges()) {
                    inner.ranges().stream()
                            .filter(part -> inner != outer && range.contains(part))
                            .map(
                                    part ->
                                            "%s of peer %s is taken out of %s of peer %s"
                                                    .formatted(
                                                            part, inner.key(), range, outer.key()))
                            .forEach(found::add);
                }
            }
        }
        return switch (found.size()) {
            case 0 -> "every peer has addresses of its own";
            case 1 -> found.getFirst();
            default -> found.getFirst() + ", and " + (found.size() - 1) + " more like that";
        };
    }

    private static void sameRanges(Findings.About about, PeerView earlier, PeerView later) {
        for (IpPrefix range : later.ranges()) {
            if (earlier.ranges().contains(range) && !earlier.key().equals(later.key())) {
                about.fail(
                        "%s is given to peers %s and %s: only the latter gets it"
                                .formatted(range, earlier.key(), later.key()),
                        "leave it to one of them");
            }
        }
    }

    private static void hidden(Findings.About about, List<PeerView> peers, PeerView peer) {
        if (peer.ranges().isEmpty()) {
            about.warn(
                    "peer " + peer.key() + " has no AllowedIPs: nothing is sent to it or accepted",
                    "AllowedIPs = the addresses of the other side");
            return;
        }
        List<IpPrefix> others = new ArrayList<>();
        peers.stream()
                .filter(p -> !p.key().equals(peer.key()))
                .forEach(p -> others.addAll(p.ranges()));
        others.removeAll(peer.ranges()); // the same range twice is another finding
        if (peer.ranges().stream().allMatch(range -> covered(range, others))) {
            about.warn(
                    "all AllowedIPs of peer "
                            + peer.key()
                            + " go to other peers, whose prefixes are longer",
                    "give the peer a range that no other peer has");
        }
    }

    /** Returns whether longer prefixes cover all of this range. */
    private static boolean covered(IpPrefix range, List<IpPrefix> others) {
        List<IpPrefix> inside = others.stream().filter(o -> range.contains(o)).toList();
        if (inside.isEmpty() || inside.contains(range)) {
            return !inside.isEmpty();
        }
        int length = range.length() + 1; // some prefix inside is longer, so there are two halves
        IpPrefix lower = new IpPrefix(range.ipv6(), range.high(), range.low(), length);
        return covered(lower, inside) && covered(upper(range, length), inside);
    }

    private static IpPrefix upper(IpPrefix range, int length) {
        if (!range.ipv6()) {
            return new IpPrefix(false, 0, range.low() | 1L << 32 - length, length);
        }
        return length <= 64
                ? new IpPrefix(true, range.high() | 1L << 64 - length, range.low(), length)
                : new IpPrefix(true, range.high(), range.low() | 1L << 128 - length, length);
    }

    private static void ownAddress(Findings.About about, Subject subject, PeerView peer) {
        List<IpPrefix> own = subject.config().map(Ranges::addresses).orElse(List.of());
        for (IpPrefix range : peer.ranges()) {
            if (own.contains(range)) {
                about.warn(
                        "AllowedIPs of peer %s is %s, the Address of this interface itself"
                                .formatted(peer.key(), range),
                        "AllowedIPs = the addresses of the other side");
            }
        }
    }
}
