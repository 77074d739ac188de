// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.PeerView;
import org.wgj.doctor.observation.Ranges;
import org.wgj.doctor.observation.Through;
import org.wgj.doctor.observation.Through.TargetReply;

import java.util.Locale;

/** Checks whether the targets that the user named are reached through the tunnel. */
final class TargetCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            Through through = subject.through();
            Findings.About about = findings.about(subject.label(), "target");
            if (through != null && through.notOpened() != null) {
                about.skip(through.notOpened());
            } else if (through != null && through.failed() != null) {
                about.fail(through.failed(), "correct the file, or free what it needs");
            } else if (through != null) {
                through.targets().forEach(reply -> judge(about, subject, reply));
            }
        }
    }

    private static void judge(Findings.About about, Subject subject, TargetReply reply) {
        boolean ping = reply.target().port() == 0;
        String address = reply.address() == null ? "" : Ranges.text(reply.address());
        String target =
                reply.target().isName() && !address.isEmpty()
                        ? reply.target() + " (" + address + ")"
                        : reply.target().toString();
        switch (reply.reply()) {
            case ANSWERED ->
                    about.pass(
                            "%s %s after %s ms"
                                    .formatted(
                                            target,
                                            ping ? "answers a ping" : "accepts a connection",
                                            milliseconds(reply)));
            case UNKNOWN_NAME ->
                    about.fail(
                            "%s: the name has no address: %s".formatted(target, reply.detail()),
                            subject.config().orElseThrow().quick().dnsServers().isEmpty()
                                    ? "DNS = an address of a name server in the tunnel"
                                    : "see the check names");
            case NOT_COVERED -> Uncovered.tell(about, subject, target, address);
            case NO_SOURCE ->
                    about.fail(
                            "%s; %s cannot be reached".formatted(reply.detail(), target),
                            Uncovered.family(subject, reply.address()));
            case NO_HANDSHAKE -> noHandshake(about, subject, reply, target);
            case REFUSED ->
                    about.fail(
                            target + ": the host answers, but refuses the port",
                            "on that host: ss -ltn, to see whether a program listens there, and on"
                                    + " an address that the tunnel reaches");
            case TIMED_OUT ->
                    about.fail(
                            target
                                    + (ping ? ": no answer to pings" : ": no answer")
                                    + ", although there is a session with its peer",
                            "is the host up, does the peer forward (ip_forward), has the host a"
                                + " route back to this side's Address, does a firewall drop it?");
            case UNREACHABLE ->
                    about.fail(
                            target + ": a router behind the tunnel says that it is unreachable",
                            "on the peer: ip route get " + address);
            case FAILED -> about.fail(target + ": " + reply.detail(), "try again");
        }
    }

    private static String milliseconds(TargetReply reply) {
        return String.format(Locale.ROOT, "%.1f", reply.time().toNanos() / 1e6);
    }

    private static void noHandshake(
            Findings.About about, Subject subject, TargetReply reply, String target) {
        boolean endpoint =
                PeerView.of(subject).stream()
                        .anyMatch(peer -> peer.key().equals(reply.peer()) && peer.endpoint());
        about.fail(
                "%s: no handshake with peer %s, which has its address%s"
                        .formatted(
                                target,
                                reply.peer(),
                                endpoint ? "" : " and no Endpoint in the file"),
                endpoint
                        ? "see the check reachable"
                        : "Endpoint = its address and port, in " + subject.file().path());
    }
}
