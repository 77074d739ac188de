// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.util.ArrayList;
import java.util.List;

/**
 * The full meshes: four nodes of the first guide, three servers of different clouds of the second.
 */
@Tag("root")
class GuideMeshTest {
    @RegisterExtension final Lab lab = new Lab();

    private final GuideKeys keys = new GuideKeys();
    private final Internet internet = new Internet(lab);
    private final List<Member> members = new ArrayList<>();

    private record Member(GuideNode node, String name, String publicIp, String tunnelIp) {}

    private void member(String name, String publicIp, String tunnelIp) {
        GuideNode node = new GuideNode(lab, name.replace(' ', '-'), keys);
        internet.attach(node.host(), publicIp);
        members.add(new Member(node, name, publicIp, tunnelIp));
    }

    /**
     * Writes each member's file by the guide's pattern, every other one as a peer, and brings all
     * up.
     */
    private void bringUp(String interfaceSection, String peerSection) {
        for (Member member : members) {
            StringBuilder file =
                    new StringBuilder(interfaceSection.formatted(member.name(), member.tunnelIp()));
            for (Member other : members) {
                if (other != member) {
                    file.append(
                            peerSection.formatted(
                                    other.name(), other.tunnelIp(), other.publicIp()));
                }
            }
            member.node().configure("wg0", file.toString());
        }
        GuideNode.allUp(members.stream().map(Member::node).toList(), "wg0");
    }

    /** Every ordered pair of these. */
    private static void reachEachOther(List<Member> members) {
        members.parallelStream()
                .forEach(
                        from ->
                                members.stream()
                                        .filter(to -> to != from)
                                        .forEach(to -> from.node().reaches(to.tunnelIp())));
    }

    @Test
    void fourNodesReachEachOtherAndTheRestStillDoesAfterOneDied() {
        member("node-1", "198.51.100.1", "10.99.0.1");
        member("node-2", "198.51.100.2", "10.99.0.2");
        member("node-3", "203.0.113.1", "10.99.0.3");
        member("node-4", "203.0.113.2", "10.99.0.4");
        bringUp(
                """
                [Interface]
                PrivateKey = <%s-private-key>
                Address    = %s/24
                ListenPort = 51820
                """,
                """

                [Peer]
                # %1$s
                PublicKey  = <%1$s-pubkey>
                AllowedIPs = %2$s/32
                Endpoint   = %3$s:51820
                PersistentKeepalive = 25
                """);
        reachEachOther(members);

        Member dead = members.get(3);
        dead.node().host().close();
        List<Member> rest = members.subList(0, 3);
        assertFalse(Traffic.reaches(rest.getFirst().node().host(), dead.tunnelIp()));
        reachEachOther(rest);
    }

    @Test
    void threeServersOfThreeCloudsReachEachOther() {
        member("Server A", "203.0.113.1", "10.0.0.1");
        member("Server B", "198.51.100.2", "10.0.0.2");
        member("Server C", "192.0.2.3", "10.0.0.3");
        bringUp(
                """
                [Interface]
                PrivateKey = <%s private key>
                Address = %s/24
                ListenPort = 51820
                """,
                """
                [Peer]
                # %1$s
                PublicKey = <%1$s public key>
                Endpoint = %3$s:51820
                AllowedIPs = %2$s/32
                PersistentKeepalive = 25
                """);
        reachEachOther(members);
        String shown = members.getFirst().node().host().sh("wg show");
        assertTrue(shown.split("latest handshake: ", -1).length == 3, shown);
    }
}
