// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.protocol.IpText;
import org.wgj.tun.linux.Cidr;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The firewall rules for a default route. They are equal to those of {@code wg-quick}, which can
 * therefore remove them. Packets to the interface's addresses that come in by other interfaces are
 * dropped (CVE-2019-14899). Answers to marked datagrams get the mark, so that a strict source check
 * accepts them.
 */
final class FirewallRules {
    private static final List<String> FAMILIES = List.of("ip", "ip6");

    private final String interfaceName;
    private final Output output;

    FirewallRules(String interfaceName, Output output) {
        this.interfaceName = interfaceName;
        this.output = output;
    }

    private String table() {
        return "wg-quick-" + interfaceName;
    }

    private String marker() {
        return "-m comment --comment \"wg-quick(8) rule for " + interfaceName + "\"";
    }

    /**
     * Adds the rules of one family.
     *
     * @param addresses those of the interface
     */
    void add(Journal journal, boolean ipv4, List<Cidr> addresses, int mark) throws IOException {
        List<String> own = new ArrayList<>();
        for (Cidr address : addresses) {
            if (address.isIpv4() == ipv4) {
                own.add(IpText.format(address.address()));
            }
        }
        String restore = ipv4 ? "iptables-restore" : "ip6tables-restore";
        if (Programs.has("nft")
                && tryAdd(
                        journal,
                        new Step.Firewall(true, ipv4),
                        nftCommands(ipv4 ? "ip" : "ip6", own, mark),
                        List.of("nft", "-f", "-"))) {
            return;
        }
        if (Programs.has(restore)
                && tryAdd(
                        journal,
                        new Step.Firewall(false, ipv4),
                        restoreLines(own, mark),
                        List.of(restore, "-n"))) {
            return;
        }
        output.warn(
                "neither nft nor "
                        + restore
                        + " works here: packets to the addresses of "
                        + interfaceName
                        + " that come in by other interfaces are not dropped");
    }

    /**
     * Runs a program that adds the rules. Returns false if it refuses because the kernel lacks a
     * feature.
     */
    private boolean tryAdd(Journal journal, Step.Firewall step, String input, List<String> words)
            throws IOException {
        List<Step> before = journal.steps();
        journal.append(step);
        output.step(String.join(" ", words));
        Programs.Result result = Programs.run(input, words);
        if (!result.wasRefused()) {
            result.requireSuccess(words);
            return true;
        }
        if (!step.nft()) { // nft applies a file as a whole or not at all
            removeRulesIfSeen(step.ipv4() ? "iptables" : "ip6tables");
        }
        journal.keep(before);
        return false;
    }

    String nftCommands(String family, List<String> addresses, int mark) {
        String table = family + " " + table();
        StringBuilder text = new StringBuilder();
        text.append("add table %s\n".formatted(table));
        chain(text, table, "preraw", "prerouting", -300);
        chain(text, table, "premangle", "prerouting", -150);
        chain(text, table, "postmangle", "postrouting", -150);
        for (String address : addresses) {
            text.append(
                    "add rule %s preraw iifname != \"%s\" %s daddr %s fib saddr type != local drop\n"
                            .formatted(table, interfaceName, family, address));
        }
        text.append(
                "add rule %s postmangle meta l4proto udp mark %s ct mark set mark\n"
                        .formatted(table, Integer.toUnsignedString(mark)));
        text.append(
                "add rule %s premangle meta l4proto udp meta mark set ct mark\n".formatted(table));
        return text.toString();
    }

    private static void chain(
            StringBuilder text, String table, String name, String hook, int priority) {
        text.append(
                "add chain %s %s { type filter hook %s priority %d; }\n"
                        .formatted(table, name, hook, priority));
    }

    String restoreLines(List<String> addresses, int mark) {
        StringBuilder text = new StringBuilder("*raw\n");
        for (String address : addresses) {
            text.append(
                    "-I PREROUTING ! -i %s -d %s -m addrtype ! --src-type LOCAL -j DROP %s\n"
                            .formatted(interfaceName, address, marker()));
        }
        text.append("COMMIT\n*mangle\n");
        text.append(
                "-I POSTROUTING -m mark --mark %s -p udp -j CONNMARK --save-mark %s\n"
                        .formatted(Integer.toUnsignedString(mark), marker()));
        text.append("-I PREROUTING -p udp -j CONNMARK --restore-mark %s\n".formatted(marker()));
        return text.append("COMMIT\n").toString();
    }

    /** Removes the rules for this interface of one family, also those that wg-quick added. */
    void remove(boolean nft, boolean ipv4) throws IOException {
        if (nft) {
            removeTable(ipv4 ? "ip" : "ip6");
        } else {
            removeRules(ipv4 ? "iptables" : "ip6tables");
        }
    }

    /** Removes all rules for this interface that can be found, also those of wg-quick. */
    void removeAll() throws IOException {
        for (String family : FAMILIES) {
            // An installed program may not work with this kernel.
            if (Programs.has("nft") && !Programs.ask("nft", "list", "tables").isEmpty()) {
                removeTable(family);
            }
            String iptables = family.equals("ip") ? "iptables" : "ip6tables";
            removeRulesIfSeen(iptables);
        }
    }

    private void removeRulesIfSeen(String iptables) throws IOException {
        String save = iptables + "-save";
        if (Programs.has(save) && !Programs.ask(save).isEmpty()) {
            removeRules(iptables);
        }
    }

    private void removeTable(String family) throws IOException {
        String table = "table " + family + " " + table();
        if (!Programs.has("nft")) {
            throw new IOException("nft is gone: " + table + " stays");
        }
        String tables = Programs.mustRunInNewSession("", List.of("nft", "list", "tables"));
        if (tables.lines().anyMatch(table::equals)) {
            output.step("nft delete " + table);
            Programs.mustRunInNewSession("delete " + table + "\n", List.of("nft", "-f", "-"));
        }
    }

    private void removeRules(String iptables) throws IOException {
        if (!Programs.has(iptables + "-save") || !Programs.has(iptables + "-restore")) {
            throw new IOException(iptables + " is gone: the rules for " + interfaceName + " stay");
        }
        String restore = deletion(Programs.mustRunInNewSession("", List.of(iptables + "-save")));
        if (!restore.isEmpty()) {
            output.step(iptables + "-restore -n");
            Programs.mustRunInNewSession(restore, List.of(iptables + "-restore", "-n"));
        }
    }

    /** Returns the lines that remove this interface's rules from saved rules; empty without any. */
    String deletion(String saved) {
        StringBuilder text = new StringBuilder();
        boolean found = false;
        for (String line : saved.lines().toList()) {
            boolean ours = line.startsWith("-A ") && line.contains(marker());
            found |= ours;
            if (ours) {
                text.append("-D").append(line.substring(2)).append('\n');
            } else if (line.startsWith("*") || line.equals("COMMIT")) {
                text.append(line).append('\n');
            }
        }
        return found ? text.toString() : "";
    }
}
