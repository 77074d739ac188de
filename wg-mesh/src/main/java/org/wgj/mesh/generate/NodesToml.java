// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.TunnelConfig.Address;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.Values;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * A list of nodes in TOML: a table {@code [mesh]} and a {@code [[node]]} for each node.
 *
 * <pre>
 * [mesh]
 * topology = "sites"          # full, hub or sites
 * keepalive = 25
 *
 * [[node]]
 * name = "hq"
 * endpoint = "198.51.100.1"   # left out behind NAT
 * address = "10.99.0.1/24"    # or a list of one for each family
 * lan = ["192.168.1.0/24"]
 * hub = true
 * </pre>
 */
final class NodesToml {
    private static final Set<String> TOP = Set.of("mesh", "node");
    private static final Set<String> MESH = Set.of("topology", "keepalive", "mtu", "port");
    private static final Set<String> NODE =
            Set.of(
                    "name",
                    "endpoint",
                    "port",
                    "address",
                    "lan",
                    "hub",
                    "site",
                    "public_key",
                    "gateway",
                    "masquerade");
    private static final int MIN_MTU = 576;
    private static final int MAX_MTU = 65_535;

    private final Problems problems;
    private int port = NodeList.FIRST_PORT;

    private NodesToml(Problems problems) {
        this.problems = problems;
    }

    static NodeList read(String source, String text, Problems problems) {
        return new NodesToml(problems).read(source, text);
    }

    private NodeList read(String source, String text) {
        TomlParseResult toml = Toml.parse(text);
        toml.errors().forEach(e -> problems.add(e.position().line(), e.getMessage()));
        if (toml.hasErrors()) {
            return new NodeList(
                    source, List.of(), null, OptionalInt.empty(), NodeList.KEEPALIVE, false);
        }
        onlyKnown(toml, "", TOP);
        Topology topology = null;
        OptionalInt mtu = OptionalInt.empty();
        int keepalive = NodeList.KEEPALIVE;
        if (toml.get("mesh") instanceof TomlTable mesh) {
            onlyKnown(mesh, "[mesh]", MESH);
            topology = value(mesh, "topology", null, NodesToml::topology);
            Integer given = value(mesh, "mtu", null, v -> number(v, MIN_MTU, MAX_MTU));
            mtu = given == null ? mtu : OptionalInt.of(given);
            keepalive = value(mesh, "keepalive", keepalive, v -> number(v, 0, 65_535));
            port = value(mesh, "port", port, v -> number(v, 1, 65_535));
        } else if (toml.contains("mesh")) {
            problems.add(line(toml, "mesh"), "mesh must be a table: [mesh]");
        }
        List<ListedNode> nodes = new ArrayList<>();
        if (toml.get("node") instanceof TomlArray array
                && array.toList().stream().allMatch(TomlTable.class::isInstance)) {
            for (int i = 0; i < array.size(); i++) {
                TomlPosition at = array.inputPositionOf(i);
                ListedNode node = node(array.getTable(i), at == null ? 1 : at.line());
                if (node != null) {
                    nodes.add(node);
                }
            }
        } else if (toml.contains("node")) {
            problems.add(line(toml, "node"), "nodes must be tables: [[node]]");
        }
        return new NodeList(source, nodes, topology, mtu, keepalive, false);
    }

    private ListedNode node(TomlTable table, int line) {
        onlyKnown(table, "[[node]]", NODE);
        if (!table.contains("name") || !table.contains("address")) {
            problems.add(line, "this [[node]] needs a name and an address");
            return null;
        }
        String name = value(table, "name", null, v -> NodeFields.name(text(v)));
        int own = value(table, "port", port, v -> number(v, 1, 65_535));
        HostPort endpoint = value(table, "endpoint", null, v -> NodeFields.endpoint(text(v), own));
        List<Address> addresses =
                value(table, "address", List.<Address>of(), v -> list(v, NodeFields::address));
        List<IpPrefix> lans =
                value(table, "lan", List.<IpPrefix>of(), v -> list(v, NodeFields::lan));
        boolean hub = value(table, "hub", false, NodesToml::truth);
        String site = value(table, "site", null, v -> NodeFields.name(text(v)));
        var key = value(table, "public_key", null, v -> Values.publicKey(text(v)));
        InetAddress gateway =
                value(table, "gateway", null, v -> NodeFields.address(text(v)).address());
        String outbound = value(table, "masquerade", null, NodesToml::interfaceName);
        if (name == null || addresses.isEmpty()) {
            return null; // told already
        }
        return new ListedNode(
                line, name, endpoint, own, addresses, lans, hub, site, key, gateway, outbound);
    }

    private void onlyKnown(TomlTable table, String where, Set<String> known) {
        for (String key : table.keySet()) {
            if (!known.contains(key)) {
                problems.add(
                        line(table, key),
                        "there is no '"
                                + NodeFields.printable(key)
                                + "'"
                                + (where.isEmpty() ? "" : " in " + where)
                                + "; there are "
                                + String.join(", ", known.stream().sorted().toList()));
            }
        }
    }

    private <T> T value(TomlTable table, String key, T byDefault, Function<Object, T> reading) {
        Object value = table.get(List.of(key));
        if (value == null) {
            return byDefault;
        }
        try {
            return reading.apply(value);
        } catch (IllegalArgumentException e) {
            problems.add(line(table, key), key + ": " + e.getMessage());
            return byDefault;
        }
    }

    private static int line(TomlTable table, String key) {
        TomlPosition position = table.inputPositionOf(List.of(key));
        return position == null ? 1 : position.line();
    }

    private static String text(Object value) {
        if (value instanceof String text) {
            return text.strip();
        }
        throw new IllegalArgumentException("expected text in quotes");
    }

    private static int number(Object value, int from, int to) {
        if (value instanceof Long number && number >= from && number <= to) {
            return number.intValue();
        }
        throw new IllegalArgumentException("expected a number from " + from + " to " + to);
    }

    private static boolean truth(Object value) {
        if (value instanceof Boolean truth) {
            return truth;
        }
        throw new IllegalArgumentException("expected true or false");
    }

    private static <T> List<T> list(Object value, Function<String, T> reading) {
        if (value instanceof TomlArray array) {
            return array.toList().stream().map(NodesToml::text).map(reading).toList();
        }
        return List.of(reading.apply(text(value)));
    }

    private static Topology topology(Object value) {
        try {
            return Topology.valueOf(text(value).toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("expected \"full\", \"hub\" or \"sites\"", e);
        }
    }

    private static String interfaceName(Object value) {
        String name = text(value);
        if (!name.matches("[A-Za-z0-9_.-]{1,15}")) {
            throw new IllegalArgumentException("expected an interface's name, such as eth0");
        }
        return name;
    }
}
