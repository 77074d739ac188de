// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.coordinator.registry.JoinRequest;
import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.serve.Coordinator;
import org.wgj.coordinator.serve.CoordinatorFolder;
import org.wgj.coordinator.serve.CoordinatorOptions;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.NodePorts;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.token.JoinToken;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The administrators' commands against a coordinator that runs, over its socket. Its nodes exist in
 * the registry only.
 */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshAdminTest {
    @TempDir private static Path state;

    private Coordinator coordinator;
    private int port;

    /** The output of a command, and its exit code. */
    private record Result(int exit, String out, String err) {
        JsonElement json() {
            assertEquals(0, exit, this::toString);
            assertEquals("", err);
            assertEquals(1, out.lines().count(), "one line of JSON");
            return JsonParser.parseString(out);
        }

        String ok() {
            assertEquals(0, exit, this::toString);
            return out.strip();
        }

        void fails(String message) {
            assertEquals(1, exit, this::toString);
            assertEquals("", out);
            assertTrue(err.contains(message), this::toString);
            assertFalse(err.contains("Exception"), this::toString);
            assertTrue(err.lines().count() <= 1, this::toString);
        }
    }

    private Result in(Path folder, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("mesh"));
        all.addAll(Arrays.asList(words));
        all.addAll(List.of("--state", folder.toString()));
        int exit =
                Wgj.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .execute(all.toArray(String[]::new));
        return new Result(exit, out.toString(), err.toString());
    }

    private Result mesh(String... words) {
        return in(state, words);
    }

    @BeforeAll
    void begin() throws IOException {
        try (DatagramSocket free = new DatagramSocket(0)) {
            port = free.getLocalPort();
        }
        Result made =
                mesh(
                        "init",
                        "--name",
                        "prod",
                        "--endpoint",
                        "127.0.0.1:" + port,
                        "--port",
                        "" + port);
        assertEquals(0, made.exit(), made::toString);
        start();
    }

    private void start() throws IOException {
        CoordinatorFolder folder = CoordinatorFolder.in(state);
        CoordinatorFolder.Settings settings = folder.settings();
        PrivateKey key = folder.key();
        coordinator =
                Coordinator.start(
                        Registry.open(folder.openStore(), InstantSource.system()),
                        key,
                        new CoordinatorOptions(
                                settings.endpoints(),
                                settings.port(),
                                settings.relay(),
                                folder.socket(),
                                folder.relayFile(),
                                null,
                                InstantSource.system()),
                        (_, _) -> {});
        key.wipe();
    }

    @AfterAll
    void end() {
        coordinator.close();
    }

    /** Lets a node in, as if it had sent the token. */
    private PrivateKey join(String name, String token, String... routes) throws IOException {
        PrivateKey key = PrivateKey.generate();
        JoinToken parsed = JoinToken.parse(token);
        JoinRequest request =
                new JoinRequest(
                        name,
                        new TreeMap<>(Map.of("wg0", key.publicKey())),
                        NodePorts.USUAL,
                        Arrays.stream(routes).map(IpPrefix::parse).toList(),
                        null,
                        false,
                        false,
                        null);
        coordinator
                .registry()
                .join(parsed.key().publicKey(), request, new InetSocketAddress("192.0.2.9", 1));
        return key;
    }

    private String token(String... options) {
        List<String> words = new ArrayList<>(List.of("token"));
        words.addAll(Arrays.asList(options));
        return mesh(words.toArray(String[]::new)).ok();
    }

    private static JsonObject object(Result result) {
        return result.json().getAsJsonObject();
    }

    private static String text(JsonObject json, String name) {
        return json.get(name).getAsString();
    }

    private static String key() {
        return PrivateKey.generate().publicKey().toBase64();
    }

    @Test
    void aTokenIsPrintedAloneAndListedAndRevoked() throws IOException {
        Result made = mesh("token", "--uses", "3", "--ttl", "30m");
        assertTrue(made.ok().matches("wgjt_[A-Za-z0-9_-]+"), made::toString);
        assertTrue(made.err().contains("3 uses until"), made::toString);
        JsonObject token = object(mesh("token", "--name", "web-9", "--json"));
        String id = text(token, "id");
        assertTrue(text(token, "token").startsWith("wgjt_"));
        assertEquals("web-9", text(token, "name"));

        Result list = mesh("tokens");
        assertTrue(
                list.ok().lines().anyMatch(l -> l.startsWith(id + " ") && l.endsWith("web-9")),
                list::toString);
        assertFalse(list.out().contains("wgjt_"), "no secret is kept");
        JsonArray all = mesh("tokens", "--json").json().getAsJsonArray();
        assertEquals(id, text(all.get(0).getAsJsonObject(), "id"), "the newest first");

        join("web-9", text(token, "token"));
        JsonObject revoked = object(mesh("token", "--revoke", id, "--nodes", "--json"));
        assertEquals(1, revoked.getAsJsonArray("removed_nodes").size());
        mesh("rm", "web-9").fails("no node 'web-9'");
        assertTrue(
                mesh("tokens")
                        .ok()
                        .lines()
                        .anyMatch(l -> l.startsWith(id) && l.contains("revoked")));
        mesh("token", "--revoke", "999").fails("999");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--ttl 5x | --ttl 5x: expected a number",
                "--uses 0 | uses",
                "--uses 100001 | uses",
                "--name -bad- | name",
                "--planes wg9 | wg9",
                "--replace | name",
            })
    void mistakesOfTokensAreNamed(String options, String message) {
        List<String> words = new ArrayList<>(List.of("token"));
        words.addAll(List.of(options.split(" ")));
        mesh(words.toArray(String[]::new)).fails(message);
    }

    @Test
    void nodesAreRenamedAndRemoved() throws IOException {
        String token = token("--uses", "4");
        join("red", token);
        join("blue", token);
        Result renamed = mesh("rename", "red", "Green");
        assertEquals("", renamed.ok());
        assertTrue(renamed.err().contains("is now green"), renamed::toString);
        mesh("rename", "green", "blue").fails("blue");
        mesh("rename", "green", "no name").fails("name");
        mesh("rename", "nobody", "x").fails("no node 'nobody' in the mesh");
        mesh("rename", "a/b?c=d#e", "x").fails("no node has such a name");
        mesh("rename", "../../tokens", "x").fails("no node has such a name");
        mesh("rename", "b?c=d#e%2f", "x").fails("no node 'b?c=d#e%2f'");
        assertEquals("green", text(object(mesh("rename", "green", "green", "--json")), "name"));

        mesh("rm", "green", "nobody").fails("no node 'nobody' in the mesh");
        String[] twice = {"rm", "green", "blue", "green", "--json"};
        JsonArray removed = mesh(twice).json().getAsJsonArray();
        assertEquals(2, removed.size());
        assertEquals("green", text(removed.get(0).getAsJsonObject(), "name"));
        mesh("rm", "green").fails("no node 'green' in the mesh");
    }

    @Test
    void waitingNodesAndNetworksAreApproved() throws IOException {
        join("gate", token("--approve"), "192.168.7.0/24");
        assertEquals(
                "pending",
                coordinator.registry().node("gate").state().name().toLowerCase(Locale.ROOT));
        assertEquals("member", text(object(mesh("approve", "gate", "--json")), "state"));
        Result route = mesh("approve", "gate", "--route", "192.168.7.0/24");
        assertEquals("", route.ok());
        assertTrue(coordinator.registry().node("gate").routes().getFirst().owner());
        mesh("approve", "gate", "--route", "192.168.7.0/24", "--withdraw").ok();
        assertFalse(coordinator.registry().node("gate").routes().getFirst().owner());
        mesh("approve", "gate", "--withdraw").fails("--withdraw needs --route");
        mesh("approve", "gate", "--route", "192.168.8.0/24").fails("192.168.8.0/24");
        mesh("approve", "gate", "--route", "nonsense").fails("nonsense");
        mesh("approve", "nobody").fails("no node 'nobody'");
        mesh("rm", "gate").ok();
    }

    @Test
    void aStockPeerGetsAFileAndItsKeyIsGivenByHand() {
        Result made = mesh("stock", "phone");
        assertTrue(
                made.ok().startsWith("# phone in mesh prod\n[Interface]\nPrivateKey = "),
                made.out());
        Result again = mesh("stock", "phone", "--again");
        assertFalse(again.ok().contains("\nPrivateKey"), again::toString);
        String key = key();
        JsonObject router = object(mesh("stock", "router", "--key", key, "--json"));
        assertTrue(text(router, "config").contains("Endpoint = 127.0.0.1:" + port));
        mesh("stock", "other", "--key", key).fails("has this key");
        mesh("stock", "phone").fails("phone");
        mesh("stock", "third", "--key", "short").fails("key");
        mesh("stock", "nobody", "--again").fails("no node 'nobody'");

        mesh("rotate-key", "phone").fails("give --key with its new public key");
        String next = key();
        Result rotated = mesh("rotate-key", "phone", "--key", next);
        assertTrue(rotated.err().contains("phone changes to the new key"), rotated::toString);
        JsonObject changes = object(mesh("rotate-key", "--json"));
        assertTrue(changes.toString().contains("\"published\""), changes.toString());
        mesh("rm", "phone", "router").ok();
    }

    @Test
    void theFileOfAStockPeerNamesEveryWay(@TempDir Path folder) throws IOException {
        for (boolean relay : new boolean[] {false, true}) {
            Path each = folder.resolve("relay-" + relay);
            List<String> words = new ArrayList<>(List.of("init", "--name", "prod", "--endpoint"));
            words.addAll(List.of("192.0.2.1", "--endpoint", "[2001:db8::1]"));
            if (!relay) {
                words.add("--no-relay");
            }
            assertEquals(0, in(each, words.toArray(String[]::new)).exit());
            try (Registry registry =
                    Registry.open(CoordinatorFolder.in(each).openStore(), InstantSource.system())) {
                registry.registerCoordinator(
                        PrivateKey.generate().publicKey(),
                        List.of(new HostPort("192.0.2.2", 51_820)),
                        relay);
                registry.addStock("hidden", PrivateKey.generate().publicKey(), "test");
                long open = registry.addStock("open", PublicKey.fromBase64(key()), "test").id();
                registry.reportCandidates(
                        open,
                        "wg0",
                        List.of(
                                new Candidate(
                                        Candidate.Kind.STATIC,
                                        new InetSocketAddress("192.0.2.7", 4_711))));
                long shy = registry.addStock("shy", PrivateKey.generate().publicKey(), "test").id();
                registry.setDirectOnly(shy, true);
            }
            Result made = in(each, "stock", "phone");
            List<String> lines = made.ok().lines().filter(l -> l.contains("Endpoint")).toList();
            List<String> coordinators =
                    List.of(
                            "Endpoint = 192.0.2.1:51820",
                            "# Endpoint = [2001:db8::1]:51820",
                            "Endpoint = 192.0.2.2:51820");
            assertEquals(coordinators, lines.subList(0, 3), made.out());
            List<String> nodes =
                    relay
                            ? List.of(
                                    "Endpoint = 192.0.2.1:51820", // of hidden
                                    "# Endpoint = 192.0.2.2:51820",
                                    "Endpoint = 192.0.2.1:51820", // of open
                                    "# Endpoint = 192.0.2.2:51820",
                                    "# Endpoint = 192.0.2.7:4711 without a relay",
                                    "# no Endpoint: the node takes no relay, and has no public one")
                            : List.of(
                                    "# no Endpoint: no coordinator relays, and the node has no"
                                            + " public one",
                                    "Endpoint = 192.0.2.7:4711",
                                    "# no Endpoint: the node takes no relay, and has no public"
                                            + " one");
            assertEquals(nodes, lines.subList(3, lines.size()), made.out());
            String unreached = "cannot reach them: " + (relay ? "shy" : "hidden, shy");
            assertTrue(made.err().contains(unreached), made.err());
        }
    }

    @Test
    void aTokenToReplaceLetsTheNodeTakeTheNameAndTheAddress() throws IOException {
        join("worn", token());
        String address = addressOf("worn");
        String named = token("--name", "worn");
        join("other", named);
        assertEquals(1, coordinator.registry().tokens().getFirst().usesLeft(), "refused");
        String before = coordinator.registry().node("worn").planes().get("wg0").key().toBase64();
        PrivateKey next = join("other", token("--name", "worn", "--replace"));
        NodeInfo now = coordinator.registry().node("worn");
        assertEquals(next.publicKey(), now.planes().get("wg0").key());
        assertFalse(before.equals(next.publicKey().toBase64()));
        assertEquals(address, addressOf("worn"));
        mesh("rm", "worn").ok();
    }

    private String addressOf(String name) throws IOException {
        return coordinator
                .registry()
                .node(name)
                .planes()
                .get("wg0")
                .addresses()
                .getFirst()
                .getHostAddress();
    }

    @Test
    void keysAreAskedForAndTheProgressIsShown() throws IOException {
        String token = token("--uses", "2");
        join("one", token);
        join("two", token);
        JsonObject asked = object(mesh("rotate-key", "one", "--json"));
        assertEquals("[\"one\"]", asked.getAsJsonArray("asked").toString());
        assertEquals(
                "asked", text(asked.getAsJsonArray("changing").get(0).getAsJsonObject(), "step"));
        Result all = mesh("rotate-key", "--all", "--wait", "1");
        assertEquals(2, all.exit(), all::toString);
        assertTrue(all.out().lines().anyMatch(l -> l.startsWith("two ") && l.contains("asked")));
        mesh("rotate-key", "--all", "one").fails("--all takes neither a node nor --key");
        mesh("rotate-key", "--plane", "wg0").fails("name the node");
        mesh("rotate-key", "one", "--plane", "wg9").fails("wg9");
        mesh("rotate-key", "--all", "--plane", "wg9").fails("plane wg9");
        mesh("rotate-key", "one", "--key", "short").fails("key");
        mesh("rotate-key", "--wait", "-1").fails("--wait");
        mesh("rm", "one", "two").ok();
    }

    @Test
    void theAuditNamesWhoDidWhat() throws IOException {
        join("seen", token());
        mesh("rm", "seen").ok();
        Result audit = mesh("audit");
        assertTrue(audit.err().contains("chain whole"), audit::toString);
        String user = System.getProperty("user.name");
        assertTrue(
                audit.ok()
                        .lines()
                        .anyMatch(l -> l.contains("admin " + user) && l.contains("remove")),
                audit::toString);
        JsonObject json = object(mesh("audit", "--json"));
        assertTrue(json.get("whole").getAsBoolean());
    }

    @Test
    void anExportIsImportedAndOtherFilesAreRefused(@TempDir Path folder) throws IOException {
        join("kept", token());
        Path export = Files.writeString(folder.resolve("prod.json"), mesh("export").ok());
        String epoch = coordinator.registry().snapshot().map().epoch().toString();
        mesh("rm", "kept").ok();
        JsonObject imported = object(mesh("import", export.toString(), "--json"));
        assertFalse(epoch.equals(text(imported, "epoch")));
        mesh("rm", "kept").fails("no node 'kept'"); // what was removed stays so

        Path bad = folder.resolve("bad.json");
        for (String content :
                List.of("", "{", "[]", "null", "{\"a\":1}", "{\"format\":99}", "\"text\"")) {
            Files.writeString(bad, content);
            Result refused = mesh("import", bad.toString());
            assertEquals(1, refused.exit(), content + refused);
            assertFalse(refused.err().contains("Exception"), refused::toString);
        }
        Files.write(bad, new byte[] {(byte) 0xff, (byte) 0xfe});
        mesh("import", bad.toString()).fails("no export of a mesh");
        Path missing = folder.resolve("none.json");
        mesh("import", missing.toString()).fails(missing + ": there is no such file or folder");
        mesh("import", folder.toString()).fails("Is a directory");
    }

    @Test
    void aLocksKeyIsMadeOnce(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("lock.pem");
        StringWriter out = new StringWriter();
        int exit =
                Wgj.commandLine()
                        .setOut(new PrintWriter(out, true))
                        .execute("mesh", "lock", file.toString());
        assertEquals(0, exit);
        assertEquals(44, out.toString().strip().length());
        String kept = Files.readString(file);
        StringWriter err = new StringWriter();
        exit =
                Wgj.commandLine()
                        .setErr(new PrintWriter(err, true))
                        .execute("mesh", "lock", file.toString());
        assertEquals(1, exit);
        assertTrue(err.toString().contains(file + ""), err.toString());
        assertEquals(kept, Files.readString(file));
    }

    @Test
    void aFolderWithoutACoordinatorIsNamed(@TempDir Path folder) {
        for (String[] words :
                new String[][] {
                    {"token"},
                    {"tokens"},
                    {"rm", "x"},
                    {"rename", "x", "y"},
                    {"approve", "x"},
                    {"stock", "x"},
                    {"rotate-key"},
                    {"audit"},
                    {"export"}
                }) {
            in(folder, words).fails("there is no coordinator here: make one with wgj mesh init");
        }
    }

    @Test
    void withoutARunningCoordinatorTheStoreIsChangedItself(@TempDir Path folder) {
        Result made = in(folder, "init", "--name", "prod", "--endpoint", "192.0.2.1");
        assertEquals(0, made.exit(), made::toString);
        assertTrue(in(folder, "token").ok().startsWith("wgjt_"));
        in(folder, "stock", "phone").ok();
        in(folder, "rename", "phone", "tablet").ok();
        in(folder, "rename", "phone", "x").fails("no node 'phone'");
        in(folder, "rm", "tablet").ok();
        assertTrue(in(folder, "audit").ok().contains("remove node:"));
        assertTrue(in(folder, "export").ok().startsWith("{"));
    }

    @Test
    void aNewTokenThatCannotBeWrittenIsAFailure() {
        assertTrue(unwritten("token", "--state", state.toString()).contains("was lost, revoke it"));
    }

    @Test
    void aLockWhosePublicKeyCannotBeWrittenIsNotKept(@TempDir Path folder) {
        Path file = folder.resolve("lock.pem");
        assertTrue(unwritten("lock", file.toString()).contains("the key was not kept"));
        assertFalse(Files.exists(file));
    }

    /** Returns what a command says whose output does not fit on the disk, and which fails. */
    private static String unwritten(String... words) {
        StringWriter err = new StringWriter();
        Writer full =
                new Writer() {
                    @Override
                    public void write(char[] text, int from, int length) throws IOException {
                        throw new IOException("No space left on device");
                    }

                    @Override
                    public void flush() throws IOException {
                        throw new IOException("No space left on device");
                    }

                    @Override
                    public void close() {}
                };
        List<String> all = new ArrayList<>(List.of("mesh"));
        all.addAll(Arrays.asList(words));
        int exit =
                Wgj.commandLine()
                        .setOut(new PrintWriter(full))
                        .setErr(new PrintWriter(err, true))
                        .execute(all.toArray(String[]::new));
        assertEquals(1, exit);
        return err.toString();
    }
}
