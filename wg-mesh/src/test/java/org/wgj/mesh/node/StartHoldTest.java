// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MapPolicy;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.SignedOrder;
import org.wgj.mesh.map.StreamLine;

import java.util.Set;

/** When a node that starts late gives its tunnels the peers, on virtual time. */
class StartHoldTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long BEGIN = 77 * SECOND;
    private static final MeshMap KEPT = TestMaps.map(7, 2, 3, 4, 5, 6, 8);

    private final StartHold hold = new StartHold(BEGIN);
    private final MapKeeper keeper =
            new MapKeeper(
                    new MapPolicy(
                            TestMaps.MESH,
                            2,
                            TestMaps.PLANES,
                            Set.of(TestMaps.COORDINATOR.publicKey()),
                            Bytes.NONE),
                    2,
                    TestMaps.EPOCH,
                    SignedOrder.NONE,
                    _ -> false);

    @BeforeEach
    void restore() {
        assertInstanceOf(MapKeeper.Accepted.class, keeper.restore(KEPT));
    }

    private MapKeeper.Outcome line(StreamLine line, long nowNs) {
        return keeper.receive(line, nowNs);
    }

    private static StreamLine full(MeshMap map) {
        return new StreamLine.Full(map, MapNodes.hash(map));
    }

    @Test
    void withoutACoordinatorTheKeptMapIsUsedAfterTwoSeconds() {
        assertEquals(BEGIN + 2 * SECOND, hold.deadlineNs());
    }

    @Test
    void aLineThatSaysThatNothingChangedEndsTheWait() {
        hold.answered();
        assertTrue(hold.endsWith(line(StreamLine.ALIVE, BEGIN)));
    }

    @Test
    void aNodeThatWasRemovedMeanwhileNeverBecomesAPeer() {
        hold.answered();
        MeshMap without = TestMaps.map(9, 2, 3, 4, 5, 6);
        MapKeeper.Outcome outcome =
                line(new StreamLine.Delta(MapNodes.between(KEPT, without)), BEGIN);
        assertTrue(hold.endsWith(outcome));
        assertEquals(without, assertInstanceOf(MapKeeper.Accepted.class, outcome).map());
    }

    @Test
    void aMapInDoubtIsWaitedFor() {
        hold.answered();
        MeshMap few = TestMaps.map(9, 2, 3);
        assertFalse(hold.endsWith(line(full(few), BEGIN + SECOND)));
        assertTrue(hold.deadlineNs() > BEGIN + 7 * SECOND, "it comes again 5 s later");
        assertTrue(hold.endsWith(line(full(few), BEGIN + 6 * SECOND)));
        assertEquals(9, keeper.revision());
    }

    @Test
    void aCoordinatorThatIsRefusedOrSaysNothingCannotHoldTheNodeForLong() {
        assertTrue(hold.endsWith(line(full(TestMaps.map(6, 2, 3)), BEGIN)), "an older revision");
        StartHold silent = new StartHold(BEGIN);
        silent.answered();
        assertEquals(BEGIN + 10 * SECOND, silent.deadlineNs());
    }
}
