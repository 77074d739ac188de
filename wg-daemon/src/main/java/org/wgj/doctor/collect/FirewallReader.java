// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.doctor.nft.Ruleset;
import org.wgj.doctor.observation.Observation.FirewallState;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the firewall's rules from {@code nft}, and from iptables those that nft does not list. */
public final class FirewallReader {
    private static final int CAP_NET_ADMIN = 12; // linux/capability.h

    private FirewallReader() {}

    /**
     * Reads the rules.
     *
     * @param proc where the proc file system is
     */
    public static FirewallState read(Path proc) {
        Tool.Answer nft = Tool.ask("nft", "-j", "list", "ruleset");
        if (nft.text() == null) {
            boolean allowed = isAllowed(proc);
            String reason =
                    !nft.found()
                            ? "there is no nft to list them"
                            : allowed
                                    ? "nft cannot list them"
                                    : "nft is not permitted to list them: try sudo";
            return new FirewallState(
                    null, "the firewall's rules: " + reason, allowed ? saved() : null);
        }
        try {
            String legacy = legacy(proc);
            return new FirewallState(
                    Ruleset.parse(nft.text()), legacy, legacy == null ? null : saved());
        } catch (IOException e) {
            return new FirewallState(null, "the firewall's rules: " + e.getMessage(), null);
        }
    }

    /** Returns whether this process is permitted to list the rules. */
    private static boolean isAllowed(Path proc) {
        try (Stream<String> lines = Files.lines(proc.resolve("self/status"))) {
            return lines.filter(line -> line.startsWith("CapEff:"))
                    .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
                    .anyMatch(capabilities -> (capabilities >> CAP_NET_ADMIN & 1) != 0);
        } catch (IOException e) {
            return false;
        }
    }

    private static String saved() {
        return Stream.of(
                        "iptables-save",
                        "ip6tables-save",
                        "iptables-legacy-save",
                        "ip6tables-legacy-save")
                .map(program -> Tool.ask(program).text())
                .filter(text -> text != null)
                .collect(Collectors.joining());
    }

    /** Tables of iptables-legacy are in effect beside those of nft, which does not list them. */
    private static String legacy(Path proc) {
        for (String file : List.of("net/ip_tables_names", "net/ip6_tables_names")) {
            try {
                if (!Files.readString(proc.resolve(file)).isBlank()) {
                    return "rules of iptables-legacy: nft does not list them";
                }
            } catch (IOException e) {
                // Its module is not loaded: there are none.
            }
        }
        return null;
    }
}
