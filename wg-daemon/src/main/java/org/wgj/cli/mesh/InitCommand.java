// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.wgj.cli.option.RelayLimitOptions;
import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.serve.CoordinatorFolder;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.FileErrors;
import org.wgj.tunnel.config.HostPort;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code wgj mesh init}: makes a mesh and its first coordinator, or a further coordinator. */
@Command(
        name = "init",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a mesh: its store and the key of its coordinator. wgj mesh serve runs it.",
            "With a PostgreSQL store that has the mesh already, it makes a further coordinator of"
                    + " that mesh; then only --endpoint and --store are needed."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj mesh init --name prod --endpoint 198.51.100.1:51820",
            "  wgj mesh init --name prod --cidr 10.77.0.0/16 --planes --endpoint vpn.example.com"
        })
final class InitCommand implements Callable<Integer> {
    private static final int DEFAULT_PORT = 51_820;

    @Spec private CommandSpec spec;

    @Mixin private StateOption state;

    @Option(names = "--name", paramLabel = "NAME", description = "The mesh's name.")
    private String name;

    @Option(
            names = "--cidr",
            paramLabel = "RANGE",
            defaultValue = "10.77.0.0/16",
            description = "The IPv4 range of the first plane; 10.77.0.0/16 by default.")
    private String cidr;

    @Option(
            names = "--cidr6",
            paramLabel = "RANGE",
            description = "An IPv6 range of the first plane; without it the mesh has IPv4 only.")
    private String cidr6;

    @Option(
            names = "--planes",
            description =
                    "Make four networks, wg0 to wg3, with ranges and ports (51820 to 51823) that"
                            + " follow, instead of wg0 alone.")
    private boolean planes;

    @Option(
            names = "--endpoint",
            paramLabel = "HOST[:PORT]",
            description =
                    "The address at which nodes reach this coordinator by UDP; port 51820 by"
                            + " default. May be given several times, the best first.")
    private List<String> endpoints;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description =
                    "The UDP port on this machine, if a router forwards to another one than the"
                            + " first endpoint's.")
    private Integer port;

    @Option(
            names = "--store",
            paramLabel = "FILE|URL",
            description =
                    "Keep the mesh in this SQLite file, or in a PostgreSQL database"
                            + " (jdbc:postgresql://HOST/DB?user=...), which several coordinators"
                            + " may share. By default a file in the state folder.")
    private String store;

    @Option(
            names = "--lock",
            paramLabel = "KEY",
            description =
                    "The public key, Ed25519 in base64, without whose signature no node accepts"
                            + " another one.")
    private String lock;

    @Option(names = "--no-relay", description = "Do not relay for nodes that cannot be reached.")
    private boolean noRelay;

    @Mixin private RelayLimitOptions relayLimits;

    @Option(names = "--json", description = "Print what was made as JSON.")
    private boolean json;

    InitCommand() {}

    @Override
    public Integer call() throws IOException {
        CoordinatorFolder folder = CoordinatorFolder.in(state.path());
        if (folder.exists()) {
            throw new IOException(
                    folder.path()
                            + ": there is a coordinator already: run it with wgj mesh serve, or"
                            + " give another --state");
        }
        if (endpoints == null) { // not required by picocli, which would tell of nothing else then
            throw new IllegalArgumentException(
                    "say where nodes reach this coordinator: --endpoint HOST[:PORT]");
        }
        RelayLimits limits = relayLimits.limits();
        List<HostPort> reached = new ArrayList<>();
        for (String endpoint : endpoints) {
            reached.add(endpoint(endpoint));
        }
        CoordinatorFolder.Settings settings =
                new CoordinatorFolder.Settings(
                        reached, port == null ? reached.getFirst().port() : port, !noRelay, limits);
        String location =
                store == null
                        ? folder.path().resolve("store.db").toString()
                        : Store.absolute(store);
        MeshPlan planOrNull = name == null ? null : plan();
        PrivateKey key = folder.prepare(location);
        try (Registry registry = open(Store.open(location), planOrNull)) {
            registry.registerCoordinator(key.publicKey(), reached, !noRelay);
            folder.create(settings);
            tell(folder, registry.snapshot().map(), key);
        } finally {
            key.wipe();
        }
        return 0;
    }

    private MeshPlan plan() {
        return MeshPlan.usual(
                name,
                range("--cidr", cidr),
                cidr6 == null ? null : range("--cidr6", cidr6),
                planes,
                lockKey());
    }

    private static IpPrefix range(String option, String text) {
        try {
            return IpPrefix.parseNetwork(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + " " + text + ": " + e.getMessage(), e);
        }
    }

    private Bytes lockKey() {
        if (lock == null) {
            return Bytes.NONE;
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(lock);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--lock: this is not base64", e);
        }
        if (bytes.length != 32) {
            throw new IllegalArgumentException("--lock: a public key of Ed25519 has 32 bytes");
        }
        return Bytes.of(bytes);
    }

    /** Reads HOST, HOST:PORT, an IPv6 address, or one in brackets with a port. */
    static HostPort endpoint(String text) {
        String host = text;
        String port = Integer.toString(DEFAULT_PORT);
        int colon = text.lastIndexOf(':');
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            boolean alone = end == text.length() - 1;
            if (end < 0 || !alone && colon != end + 1) {
                throw wrongEndpoint(text);
            }
            host = text.substring(1, end);
            port = alone ? port : text.substring(colon + 1);
        } else if (colon >= 0 && text.indexOf(':') == colon) {
            host = text.substring(0, colon);
            port = text.substring(colon + 1);
        }
        try {
            int number = Integer.parseInt(port);
            if (number < 1 || number > 65_535) {
                throw new IllegalArgumentException(
                        "--endpoint " + text + ": the port must be 1 to 65535");
            }
            HostPort endpoint = new HostPort(host, number);
            if (!isHost(endpoint)) {
                throw wrongEndpoint(text);
            }
            return endpoint;
        } catch (NumberFormatException e) {
            throw wrongEndpoint(text);
        }
    }

    private static boolean isHost(HostPort endpoint) {
        return endpoint.isName()
                ? endpoint.host().matches("[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
                : endpoint.host().matches("[0-9A-Fa-f:.]+");
    }

    private static IllegalArgumentException wrongEndpoint(String text) {
        return new IllegalArgumentException(
                "--endpoint " + text + ": expected HOST, HOST:PORT or [IPv6]:PORT");
    }

    private Registry open(Store opened, MeshPlan planOrNull) throws IOException {
        try {
            if (planOrNull == null) {
                return Registry.open(opened, InstantSource.system());
            }
            return Registry.create(opened, planOrNull, InstantSource.system());
        } catch (IOException | RuntimeException | Error e) {
            opened.close();
            if (planOrNull == null && e instanceof IOException failure) {
                throw new IOException(
                        "this store has no mesh yet: name the new one with --name ("
                                + FileErrors.text(failure)
                                + ")",
                        e);
            }
            throw e;
        }
    }

    private void tell(CoordinatorFolder folder, MeshMap map, PrivateKey key) {
        if (json) {
            JsonObject made = new JsonObject();
            made.addProperty("mesh", map.mesh());
            made.addProperty("epoch", map.epoch().toString());
            made.addProperty("folder", folder.path().toString());
            made.addProperty("key", key.publicKey().toBase64());
            JsonArray all = new JsonArray();
            for (Plane plane : map.planes()) {
                JsonObject each = new JsonObject();
                each.addProperty("name", plane.name());
                JsonArray ranges = new JsonArray();
                plane.ranges().forEach(range -> ranges.add(range.toString()));
                each.add("ranges", ranges);
                each.addProperty("port", plane.port());
                all.add(each);
            }
            made.add("planes", all);
            PrintWriter out = spec.commandLine().getOut();
            out.println(made);
            out.flush();
            return;
        }
        PrintWriter err = spec.commandLine().getErr();
        err.println("mesh " + map.mesh() + ", coordinator " + key.publicKey() + ":");
        for (Plane plane : map.planes()) {
            err.printf("  %s  %s%n", plane.name(), plane.ranges());
        }
        err.println("state in " + folder.path() + "; now run: wgj mesh serve" + state.words());
        err.flush();
    }
}
