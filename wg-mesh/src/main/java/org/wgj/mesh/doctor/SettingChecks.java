// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.doctor;

import org.wgj.protocol.IpPrefix;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** MTU, commands, files and firewalls: D11, D12, D13 and D18. */
final class SettingChecks {
    /** The room that an Ethernet of 1,500 bytes leaves over IPv6, and over IPv4. */
    private static final int USUAL = 1_420;

    private static final int MOST = 1_440;
    private static final int LEAST_FOR_IPV6 = 1_280; // RFC 8200, section 5

    private static final Pattern FLUSHES_ALL =
            Pattern.compile(
                    "\\bnft\\s+(-\\S+\\s+)*flush\\s+ruleset\\b"
                            // without a chain, so all chains of the table
                            + "|\\bip6?tables(-nft|-legacy)?(\\s+(-w|-t\\s*\\S+))*"
                            + "\\s+(-F|--flush)(\\s+(-w|-t\\s*\\S+))*\\s*($|[;&|])");

    private static final Pattern FORWARDING_OFF =
            Pattern.compile(
                    "\\bsysctl\\b[^;&|]*\\b(ip_forward|forwarding)\\s*=\\s*0\\b"
                            + "|\\becho\\s+0\\s*>\\s*/proc/sys/net/\\S*forward");

    private final Folder folder;
    private final Verdicts verdicts;

    SettingChecks(Folder folder, Verdicts verdicts) {
        this.folder = folder;
        this.verdicts = verdicts;
    }

    void run() {
        folder.groups().forEach(this::mtu);
        for (Member member : folder.members()) {
            limits(member);
            member.content().hooks().forEach(hook -> hook(member, hook));
            firewall(member);
        }
    }

    private void mtu(List<Member> group) {
        Map<OptionalInt, Integer> counts = new HashMap<>();
        group.forEach(member -> counts.merge(member.content().mtu(), 1, Integer::sum));
        if (counts.size() < 2) {
            return;
        }
        OptionalInt usual =
                counts.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
        for (Member member : group) {
            OptionalInt own = member.content().mtu();
            if (!own.equals(usual)) {
                verdicts.warn(
                        Fault.MTU,
                        member.label(),
                        "has %s, but most others have %s: long packets between them are lost or"
                                        .formatted(text(own), text(usual))
                                + " travel in fragments",
                        "the least MTU of all nodes, the same in every file");
            }
        }
    }

    private static String text(OptionalInt mtu) {
        return mtu.isEmpty() ? "no MTU (usually " + USUAL + ")" : "MTU = " + mtu.getAsInt();
    }

    private void limits(Member member) {
        int mtu = member.content().mtu().orElse(USUAL);
        if (mtu > MOST) {
            verdicts.warn(
                    Fault.MTU,
                    member.label(),
                    "MTU = %d does not fit into 1,500 bytes with the tunnel's 60 (IPv4) or 80"
                            .formatted(mtu),
                    "MTU = " + USUAL + ", unless every path takes longer packets");
        }
        if (mtu < LEAST_FOR_IPV6 && member.hosts().stream().anyMatch(IpPrefix::ipv6)) {
            verdicts.fail(
                    Fault.MTU,
                    member.label(),
                    "MTU = %d: Linux removes IPv6 addresses below %d"
                            .formatted(mtu, LEAST_FOR_IPV6),
                    "MTU = " + LEAST_FOR_IPV6 + " or more");
        }
    }

    private void hook(Member member, String hook) {
        if (FLUSHES_ALL.matcher(hook).find()) {
            verdicts.warn(
                    Fault.HOOK,
                    member.label(),
                    "\"%s\" removes every rule of the firewall, not just its own".formatted(hook),
                    "give the rules a table of their own: nft delete table inet "
                            + member.content().interfaceName());
        }
        if (FORWARDING_OFF.matcher(hook).find()) {
            verdicts.warn(
                    Fault.HOOK,
                    member.label(),
                    "\"%s\" switches forwarding off for everything else that needs it"
                            .formatted(hook),
                    "leave forwarding on; a firewall decides what is forwarded");
        }
    }

    private void firewall(Member member) {
        if (member.file().rulesetOrNull() == null || member.port() == 0) {
            return;
        }
        RulesetText rules = new RulesetText(member.file().rulesetOrNull());
        switch (rules.input(member.port())) {
            case CLOSED ->
                    verdicts.fail(
                            Fault.FIREWALL,
                            member.label(),
                            "its firewall drops what comes to its ListenPort %d"
                                    .formatted(member.port()),
                            "in the input chain: udp dport %d accept".formatted(member.port()));
            case UNKNOWN ->
                    verdicts.skip(
                            Fault.FIREWALL,
                            member.label(),
                            "its firewall decides about port %d by rules that only nft understands"
                                    .formatted(member.port()));
            case OPEN -> {}
        }
    }

    /** Examines files, the wrong ones too. */
    static void files(List<MeshFile> files, Verdicts verdicts) {
        for (MeshFile file : files) {
            if (file.problemOrNull() != null) {
                verdicts.fail(
                        Fault.FILE,
                        file.label(),
                        file.problemOrNull(),
                        "correct the file; it is not compared with the others");
            } else if (file.contentOrNull() == null) {
                verdicts.skip(Fault.FILE, file.label(), "it cannot be read: try sudo");
            }
            if (file.openToAll()) {
                verdicts.warn(
                        Fault.FILE,
                        file.label(),
                        "it holds keys, and every user can read it",
                        "chmod 600 " + file.label());
            }
        }
    }
}
