// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.TokenRequest;
import org.wgj.coordinator.serve.Coordinator;
import org.wgj.coordinator.serve.CoordinatorOptions;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.join.Answers;
import org.wgj.join.Joining;
import org.wgj.join.NodeText;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.node.Identity;
import org.wgj.mesh.node.MeshNode;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.mesh.node.NodeOptions;
import org.wgj.mesh.node.NodeSettings;
import org.wgj.mesh.node.UserspacePlane;
import org.wgj.mesh.token.JoinToken;
import org.wgj.protocol.IpPrefix;
import org.wgj.quick.Output;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * The part of the training run that joins a mesh: a coordinator and two nodes in user space, in
 * this process, over the loopback interface. It needs neither root nor a network.
 */
public final class MeshTraining {
    /** More time than training takes; half of it is better than nothing. */
    private static final Duration AT_MOST = Duration.ofSeconds(10);

    private final Path directory;

    private MeshTraining(Path directory) {
        this.directory = directory;
    }

    /**
     * Runs it.
     *
     * @param directory an empty folder, which has files afterwards
     * @return how many packets came through the coordinator's relay; 0 if that did not work in time
     * @throws IOException if a part of it does not start
     * @throws InterruptedException if the thread is interrupted
     */
    public static long run(Path directory) throws IOException, InterruptedException {
        return new MeshTraining(directory).mesh();
    }

    private long mesh() throws IOException, InterruptedException {
        Path store = directory.resolve("store.db");
        MeshPlan plan =
                MeshPlan.usual("training", IpPrefix.parse("10.77.0.0/16"), null, false, Bytes.NONE);
        Registry.create(Store.openFile(store), plan, InstantSource.system()).close();
        int port = freePort();
        PrivateKey key = PrivateKey.generate();
        try (Coordinator coordinator =
                Coordinator.start(
                        Registry.open(Store.openFile(store), InstantSource.system()),
                        key,
                        new CoordinatorOptions(
                                List.of(new HostPort("127.0.0.1", port)),
                                port,
                                true,
                                directory.resolve("coordinator.sock"),
                                directory.resolve("relay"),
                                null,
                                InstantSource.system()),
                        (_, _) -> {})) {
            JoinToken token =
                    coordinator
                            .registry()
                            .createToken(TokenRequest.USUAL.withUses(2), "training")
                            .token();
            try (MeshNode a = node("a", token);
                    MeshNode _ = node("b", token)) {
                NodeText.format(Answers.of(folder("b")).await(AT_MOST, () -> true).status());
                Answers.of(a).await(AT_MOST, () -> true);
            }
            try (RelayTraining relay =
                    new RelayTraining(
                            coordinator.registry(),
                            key.publicKey(),
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
                return relay.run();
            }
        }
    }

    private NodeFolder folder(String name) {
        return new NodeFolder(directory.resolve(name));
    }

    private MeshNode node(String name, JoinToken token) throws IOException, InterruptedException {
        NodeOptions options =
                new NodeOptions(freePort(), false, List.of(), false, true, false, false, null);
        Identity identity =
                new Joining(folder(name), Output.to(new PrintWriter(Writer.nullWriter())))
                        .join(token, new Joining.Wish(name, null, false, false), options);
        return MeshNode.start(
                folder(name),
                identity,
                UserspacePlane::open,
                new NodeSettings("training", true, map -> {}));
    }

    private static int freePort() throws IOException {
        try (DatagramSocket free = new DatagramSocket(0)) {
            return free.getLocalPort();
        }
    }
}
