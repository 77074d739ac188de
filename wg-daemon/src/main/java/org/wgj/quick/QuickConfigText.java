// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.protocol.IpText;
import org.wgj.tun.linux.Cidr;
import org.wgj.tunnel.config.QuickConfig;
import org.wgj.tunnel.config.QuickConfig.Table;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The settings that {@code wg-quick} adds to a configuration, as lines of a file in the order in
 * which {@code wg-quick} saves them.
 */
final class QuickConfigText {
    private QuickConfigText() {}

    static List<String> lines(QuickConfig quick) {
        List<String> lines = new ArrayList<>();
        quick.addresses().forEach(prefix -> lines.add("Address = " + prefix));
        quick.dnsServers().forEach(server -> lines.add("DNS = " + IpText.format(server)));
        quick.dnsSearch().forEach(domain -> lines.add("DNS = " + domain));
        quick.mtu().ifPresent(mtu -> lines.add("MTU = " + mtu));
        switch (quick.table()) {
            case Table.Auto() -> {}
            case Table.Off() -> lines.add("Table = off");
            case Table.Number(int id) -> lines.add("Table = " + Integer.toUnsignedString(id));
        }
        if (quick.saveConfig()) {
            lines.add("SaveConfig = true");
        }
        quick.preUp().forEach(hook -> lines.add("PreUp = " + hook));
        quick.postUp().forEach(hook -> lines.add("PostUp = " + hook));
        quick.preDown().forEach(hook -> lines.add("PreDown = " + hook));
        quick.postDown().forEach(hook -> lines.add("PostDown = " + hook));
        return lines;
    }

    /**
     * Reads what {@link #lines} wrote.
     *
     * @throws IllegalArgumentException for any other text
     */
    static QuickConfig parse(List<String> lines) {
        List<Cidr> addresses = new ArrayList<>();
        List<InetAddress> dnsServers = new ArrayList<>();
        List<String> dnsSearch = new ArrayList<>();
        OptionalInt mtu = OptionalInt.empty();
        Table table = new Table.Auto();
        boolean saveConfig = false;
        List<String> preUp = new ArrayList<>();
        List<String> postUp = new ArrayList<>();
        List<String> preDown = new ArrayList<>();
        List<String> postDown = new ArrayList<>();
        for (String line : lines) {
            String[] parts = line.split(" = ", 2);
            String value = parts.length == 2 ? parts[1] : "";
            switch (parts[0]) {
                case "Address" -> addresses.add(Cidr.parse(value));
                case "DNS" -> addDns(value, dnsServers, dnsSearch);
                case "MTU" -> mtu = OptionalInt.of(Integer.parseInt(value));
                case "Table" ->
                        table =
                                value.equals("off")
                                        ? new Table.Off()
                                        : new Table.Number(Integer.parseUnsignedInt(value));
                case "SaveConfig" -> saveConfig = Boolean.parseBoolean(value);
                case "PreUp" -> preUp.add(value);
                case "PostUp" -> postUp.add(value);
                case "PreDown" -> preDown.add(value);
                case "PostDown" -> postDown.add(value);
                default -> throw new IllegalArgumentException("not a line of a configuration");
            }
        }
        return new QuickConfig(
                addresses,
                dnsServers,
                dnsSearch,
                mtu,
                table,
                preUp,
                postUp,
                preDown,
                postDown,
                saveConfig);
    }

    private static void addDns(String value, List<InetAddress> servers, List<String> search) {
        // wg-quick takes only digits and dots, or a colon, as an address.
        if (value.matches("[0-9.]+") || value.contains(":")) {
            servers.add(InetAddress.ofLiteral(value));
        } else {
            search.add(value);
        }
    }
}
