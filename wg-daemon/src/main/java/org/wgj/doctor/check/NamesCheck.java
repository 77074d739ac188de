// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.check;

import org.wgj.doctor.observation.Observation;
import org.wgj.doctor.observation.Observation.Subject;
import org.wgj.doctor.observation.Ranges;
import org.wgj.doctor.observation.Through;
import org.wgj.doctor.observation.Through.NameReply;
import org.wgj.doctor.observation.Through.TargetReply;

import java.util.stream.Collectors;

/** Checks whether the file's name servers answer through the tunnel. */
final class NamesCheck implements Check {
    @Override
    public void judge(Observation seen, Findings findings) {
        for (Subject subject : seen.subjects()) {
            Through through = subject.through();
            if (through != null && through.opened()) {
                judge(findings.about(subject.label(), "names"), subject, through);
            }
        }
    }

    private static void judge(Findings.About about, Subject subject, Through through) {
        through.names().forEach(reply -> server(about, subject, reply));
        boolean asked =
                through.targets().stream().map(TargetReply::target).anyMatch(t -> t.isName());
        if (through.names().isEmpty() && asked) {
            about.warn(
                    "there is no DNS in [Interface]: the system's resolver gets all names, outside"
                            + " of the tunnel",
                    "DNS = an address of a name server in the tunnel");
        } else if (through.names().isEmpty()) {
            about.skip("there is no DNS in [Interface]");
        }
    }

    private static void server(Findings.About about, Subject subject, NameReply reply) {
        String server = Ranges.text(reply.server());
        switch (reply.reply()) {
            case ANSWERED ->
                    about.pass(
                            "%s says that %s is %s"
                                    .formatted(
                                            server,
                                            reply.name(),
                                            reply.addresses().stream()
                                                    .map(Ranges::text)
                                                    .collect(Collectors.joining(", "))));
            case UNKNOWN_NAME -> {
                if (reply.wanted()) {
                    about.fail(
                            server + " knows no address of " + reply.name(),
                            "check the spelling; a short name needs its domain, or the domain"
                                    + " behind the addresses of DNS =");
                } else {
                    about.pass(server + " answers, and knows no " + reply.name());
                }
            }
            case NOT_COVERED -> Uncovered.tell(about, subject, "the name server " + server, server);
            case NO_SOURCE ->
                    about.fail(
                            "%s; DNS = %s cannot be asked".formatted(reply.detail(), server),
                            Uncovered.family(subject, reply.server())
                                    + ", or the address of a name server of the other family");
            case NO_HANDSHAKE ->
                    about.fail(
                            "the name server %s cannot be asked: no handshake with its peer"
                                    .formatted(server),
                            "see the check reachable, or give the peer an Endpoint");
            default ->
                    about.fail(
                            "the name server %s does not help: %s"
                                    .formatted(server, reply.detail()),
                            "on its machine: does it listen on %s, UDP port 53, and does it answer"
                                            .formatted(server)
                                    + " the addresses of the tunnel?");
        }
    }
}
