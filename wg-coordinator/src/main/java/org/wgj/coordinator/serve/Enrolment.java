// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.coordinator.registry.JoinAnswer;
import org.wgj.coordinator.registry.JoinRequest;
import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.Reason;
import org.wgj.coordinator.registry.Registry;
import org.wgj.mesh.enrol.EnrolAnswer;
import org.wgj.mesh.enrol.EnrolGate;
import org.wgj.mesh.enrol.EnrolJson;
import org.wgj.mesh.enrol.EnrolPlane;
import org.wgj.mesh.enrol.EnrolRequest;
import org.wgj.mesh.enrol.EnrolResponder;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers requests to join: asks the registry, lets the tunnel know the new peer, and answers then,
 * so that the node can begin its handshake at once.
 */
final class Enrolment {
    private static final Logger LOG = LoggerFactory.getLogger(Enrolment.class);
    private static final EnrolAnswer BUSY =
            EnrolAnswer.refused(
                    EnrolAnswer.Reason.BUSY,
                    "the coordinator cannot reach its store now; try again in a minute");

    private final Registry registry;
    private final JoinCounts counts;

    Enrolment(Registry registry, JoinCounts counts) {
        this.registry = registry;
        this.counts = counts;
    }

    /** Work for the tunnel's event loop, in the order given. */
    interface Loop {
        /** Brings the tunnel's peers up to date, then runs the task there. */
        void whenPeersAreKnown(Runnable task);
    }

    /** Answers a request; blocks. */
    void answer(EnrolResponder.Request request, EnrolGate gate, Loop loop) {
        EnrolAnswer answer;
        try {
            answer = answer(request);
        } catch (IOException e) {
            LOG.warn("a node at {} could not join: {}", request.source(), e.getMessage());
            counts.count(BUSY);
            loop.whenPeersAreKnown(
                    () -> gate.answerForNow(request.session(), EnrolJson.write(BUSY)));
            return;
        }
        LOG.info(
                "a node at {} asked to join as '{}': {}",
                request.source(),
                answer.name(),
                answer.result() == EnrolAnswer.Result.JOINED ? "joined" : answer.message());
        counts.count(answer);
        byte[] bytes = bytes(answer);
        loop.whenPeersAreKnown(() -> gate.answer(request.session(), bytes));
    }

    private static byte[] bytes(EnrolAnswer answer) {
        try {
            return EnrolJson.write(answer);
        } catch (IllegalArgumentException e) {
            return EnrolJson.write(
                    EnrolAnswer.refused(
                            EnrolAnswer.Reason.BAD_REQUEST,
                            "the answer does not fit into a datagram: ask for fewer planes"));
        }
    }

    private EnrolAnswer answer(EnrolResponder.Request request) throws IOException {
        EnrolRequest asked;
        try {
            asked = EnrolJson.readRequest(request.bytes());
        } catch (IllegalArgumentException e) {
            return EnrolAnswer.refused(
                    EnrolAnswer.Reason.BAD_REQUEST,
                    "the coordinator does not understand the request: " + e.getMessage());
        }
        JoinAnswer answer =
                registry.join(
                        request.token(),
                        new JoinRequest(
                                asked.name(),
                                asked.keys(),
                                asked.ports(),
                                asked.routes(),
                                asked.machine().isEmpty() ? null : asked.machine(),
                                asked.ephemeral(),
                                asked.directOnly(),
                                asked.addressOrNull()),
                        request.source());
        return switch (answer.result()) {
            case JOINED ->
                    joined(answer.nodeOrNull())
                            .withSeenAt(withoutScope(request.source().getAddress()));
            case PENDING -> {
                MeshMap map = registry.snapshot().map();
                NodeInfo node = answer.nodeOrNull();
                yield EnrolAnswer.pending(
                        node.id(), node.name(), map.mesh(), map.epoch(), answer.message());
            }
            case REFUSED -> EnrolAnswer.refused(reason(answer.reasonOrNull()), answer.message());
        };
    }

    /** A scope is this machine's name for a network, of no meaning to the node. */
    private static InetAddress withoutScope(InetAddress address) {
        try {
            return InetAddress.getByAddress(address.getAddress());
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // 4 or 16 bytes always are an address
        }
    }

    private EnrolAnswer joined(NodeInfo node) {
        MeshMap map = registry.snapshot().map();
        List<EnrolPlane> planes = new ArrayList<>();
        for (Plane plane : map.planes()) {
            NodeInfo.InPlane in = node.planes().get(plane.name());
            if (in != null) {
                planes.add(
                        new EnrolPlane(
                                plane.name(),
                                plane.ranges(),
                                plane.port(),
                                plane.mtu(),
                                in.addresses()));
            }
        }
        return EnrolAnswer.joined(
                node.id(), node.name(), map.mesh(), map.epoch(), planes, map.coordinators());
    }

    private static EnrolAnswer.Reason reason(Reason reason) {
        return switch (reason) {
            case USED, UNKNOWN_TOKEN -> EnrolAnswer.Reason.USED;
            case WRONG_PLANE -> EnrolAnswer.Reason.WRONG_PLANE;
            case NAME_TAKEN -> EnrolAnswer.Reason.NAME_TAKEN;
            case ADDRESS_TAKEN -> EnrolAnswer.Reason.ADDRESS_TAKEN;
            case KEY_KNOWN -> EnrolAnswer.Reason.KEY_KNOWN;
            case FULL -> EnrolAnswer.Reason.FULL;
            case NOT_APPROVED -> EnrolAnswer.Reason.NOT_APPROVED;
            case BAD_REQUEST, NOT_FOUND -> EnrolAnswer.Reason.BAD_REQUEST;
        };
    }
}
