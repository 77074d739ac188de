// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.lab.Command;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.Repository;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that {@code wgj mesh generate} writes carry packets, and the original tools take them.
 */
@Tag("root")
class MeshGenerateTest {
    private static final String WGJ = Repository.folder().resolve("bin/wgj").toString();

    /** The list of the first guide's script. */
    private static final String GUIDE =
            """
            node-1 198.51.100.1 10.99.0.1
            node-2 198.51.100.2 10.99.0.2
            node-3 203.0.113.1  10.99.0.3
            node-4 203.0.113.2  10.99.0.4
            """;

    @RegisterExtension final Lab lab = new Lab();

    @TempDir private Path folder;

    private Command.Result generate(String arguments) {
        return Command.run(
                Command.DEADLINE,
                "",
                List.of("sh", "-c", "cd " + folder + " && " + WGJ + " mesh generate " + arguments));
    }

    private void copyTo(GuideNode node, Path file, String interfaceName) throws IOException {
        node.configure(interfaceName, Files.readString(file));
    }

    @Test
    void theGuidesListBecomesAMesh() throws IOException {
        Files.writeString(folder.resolve("nodes.txt"), GUIDE);
        Command.Result done = generate("nodes.txt");
        assertEquals(0, done.exit(), done::toString);
        assertEquals("", done.out(), "nothing but results goes to standard output");
        Internet internet = new Internet(lab);
        List<GuideNode> nodes = new ArrayList<>();
        for (String line : GUIDE.lines().toList()) {
            String[] words = line.split(" +");
            GuideNode node = new GuideNode(lab, words[0], new GuideKeys());
            internet.attach(node.host(), words[1]);
            copyTo(node, folder.resolve("mesh-configs/" + words[0] + ".conf"), "wg0");
            nodes.add(node);
        }
        GuideNode.allUp(nodes, "wg0");
        nodes.getFirst().reaches("10.99.0.2", "10.99.0.3", "10.99.0.4");
        nodes.getLast().reaches("10.99.0.1", "10.99.0.2", "10.99.0.3");
    }

    @Test
    void aSpokeBehindNatReachesTheLanOfAnotherSiteThroughTheGateway() throws IOException {
        Files.writeString(
                folder.resolve("nodes.toml"),
                """
                [mesh]
                topology = "sites"
                [[node]]
                name = "hq"
                endpoint = "198.51.100.1"
                address = "10.99.0.1"
                lan = "192.168.1.0/24"
                [[node]]
                name = "b1"
                site = "b"
                hub = true
                endpoint = "198.51.100.2"
                address = "10.99.0.2"
                [[node]]
                name = "b2"
                site = "b"
                address = "10.99.0.3"
                """);
        Command.Result done = generate("nodes.toml -o out");
        assertEquals(0, done.exit(), done::toString);
        Internet internet = new Internet(lab);
        GuideNode hq = new GuideNode(lab, "hq", new GuideKeys());
        GuideNode gateway = new GuideNode(lab, "b1", new GuideKeys());
        GuideNode spoke = new GuideNode(lab, "b2", new GuideKeys());
        internet.attach(hq.host(), "198.51.100.1");
        internet.attach(gateway.host(), "198.51.100.2");
        internet.attach(spoke.host(), "198.51.100.3");
        hq.host()
                .sh(
                        "ip link add lan0 type veth peer name lan1; ip link set lan1 up; ip link"
                                + " set lan0 up; ip addr add 192.168.1.1/24 dev lan0");
        copyTo(hq, folder.resolve("out/hq.conf"), "wg0");
        copyTo(gateway, folder.resolve("out/b1.conf"), "wg0");
        copyTo(spoke, folder.resolve("out/b2.conf"), "wg0");
        GuideNode.allUp(List.of(hq, gateway, spoke), "wg0");
        spoke.reaches("10.99.0.2", "192.168.1.1", "10.99.0.1");
        assertEquals("1", gateway.host().run("sysctl -n net.ipv4.ip_forward").out().strip());
    }

    @Test
    void theOriginalToolsTakeTheFilesAndTheFirewallLoads() throws IOException {
        Files.writeString(folder.resolve("nodes.txt"), GUIDE.replaceAll("10\\.99\\S*", "$0/16"));
        assertEquals(0, generate("nodes.txt --planes --psk -o out").exit());
        assertEquals(0, generate("nodes.txt --planes --format nft -o out").exit());
        Host host = lab.host("tools");
        for (int plane = 0; plane < 4; plane++) {
            Command.Result stripped =
                    host.run("wg-quick strip " + folder + "/out/node-1/wg" + plane + ".conf");
            assertEquals(0, stripped.exit(), stripped::toString);
            assertTrue(stripped.out().contains("PresharedKey"), "a preshared key for each pair");
        }
        Daemon go = lab.daemon(host, Implementation.WIREGUARD_GO, "wg0");
        host.sh("wg-quick strip %s/out/node-1/wg0.conf >/run/stripped", folder);
        host.sh("wg setconf wg0 /run/stripped");
        assertEquals(3, host.run("wg show wg0 peers").out().lines().count(), () -> go.toString());
        host.sh("nft -f %s/out/node-1.nft && nft -f %s/out/node-1.nft", folder, folder);
        assertTrue(host.run("nft list ruleset").out().contains("51823"));
    }

    @Test
    void mistakesAreNamedAndWriteNothing() throws IOException {
        Files.writeString(folder.resolve("nodes.txt"), "a 1.2.3.4\nb 1.2.3.4 10.0.0.1\n");
        Command.Result wrong = generate("nodes.txt 2>&1");
        assertEquals(1, wrong.exit());
        assertTrue(wrong.out().startsWith("wgj: nodes.txt:1: expected NAME"), wrong::toString);
        assertTrue(Files.notExists(folder.resolve("mesh-configs")));
        for (String bad :
                List.of("nodes.txt --topology ring", "nodes.txt --format pdf", "nope.txt", ".")) {
            Command.Result result = generate(bad + " 2>&1");
            assertEquals(1, result.exit(), bad);
            assertEquals(1, result.out().lines().count(), result::toString);
        }
    }
}
