// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapDelta;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MapPolicy;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.SignedOrder;
import org.wgj.mesh.map.StreamLine;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;

class MapKeeperTest {
    private static final long SECOND = 1_000_000_000L;
    private static final UUID OTHER = new UUID(9, 9);

    private boolean consent;
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
                    _ -> consent);

    private static StreamLine full(MeshMap map) {
        return new StreamLine.Full(map, MapNodes.hash(map));
    }

    private MeshMap accepted(StreamLine line, long nowNs) {
        return assertInstanceOf(MapKeeper.Accepted.class, keeper.receive(line, nowNs)).map();
    }

    @Test
    void mapsAndDifferencesFollowOneAnother() {
        MeshMap one = TestMaps.map(1, 2, 3);
        MeshMap two = TestMaps.map(2, 2, 3, 4);
        assertEquals(0, keeper.revision());
        assertEquals(one, accepted(full(one), 0));
        assertInstanceOf(MapKeeper.Nothing.class, keeper.receive(full(one), 0));
        assertInstanceOf(MapKeeper.Nothing.class, keeper.receive(StreamLine.ALIVE, 0));
        assertEquals(two, accepted(new StreamLine.Delta(MapNodes.between(one, two)), 0));
        assertEquals(2, keeper.revision());
    }

    /** A large map would otherwise be in memory twice. */
    @Test
    void theUsableMapHasTheBytesOfTheWholeOne() {
        MeshMap one = TestMaps.map(1, 2, 3);
        MeshMap two = TestMaps.map(2, 2, 3, 4);
        for (StreamLine line :
                List.of(full(one), new StreamLine.Delta(MapNodes.between(one, two)))) {
            MapKeeper.Accepted accepted =
                    assertInstanceOf(MapKeeper.Accepted.class, keeper.receive(line, 0));
            assertSame(accepted.whole().nodes(), accepted.map().nodes());
        }
    }

    @Test
    void whatDoesNotFitMakesItAskForAWholeMap() {
        MeshMap one = TestMaps.map(1, 2, 3);
        MeshMap two = TestMaps.map(2, 2, 3, 4);
        StreamLine delta = new StreamLine.Delta(MapNodes.between(one, two));
        assertInstanceOf(MapKeeper.AskFull.class, keeper.receive(delta, 0));
        accepted(full(two), 0);
        assertInstanceOf(MapKeeper.AskFull.class, keeper.receive(delta, 0));
        MapDelta right = MapNodes.between(two, TestMaps.map(3, 2, 3));
        MapDelta wrong =
                new MapDelta(
                        right.epoch(),
                        right.from(),
                        right.to(),
                        right.changed(),
                        Set.of(),
                        null,
                        right.hash());
        assertInstanceOf(MapKeeper.AskFull.class, keeper.receive(new StreamLine.Delta(wrong), 0));
        assertEquals(2, keeper.revision());
        assertInstanceOf(
                MapKeeper.AskFull.class,
                keeper.receive(new StreamLine.Full(TestMaps.map(9, 2), Bytes.of(new byte[32])), 0));
    }

    @Test
    void aRevisionNeverGoesBack() {
        accepted(full(TestMaps.map(5, 2, 3)), 0);
        assertInstanceOf(
                MapKeeper.Refused.class, keeper.receive(full(TestMaps.map(4, 2, 3, 4)), 0));
        assertEquals(5, keeper.revision());
    }

    @Test
    void anotherEpochNeedsConsent() {
        accepted(full(TestMaps.map(5, 2, 3)), 0);
        MeshMap restored = TestMaps.map(OTHER, 2, 2, 3, 4);
        MapKeeper.Refused refused =
                assertInstanceOf(MapKeeper.Refused.class, keeper.receive(full(restored), 0));
        assertTrue(refused.reason().contains("--accept-restore"));
        consent = true;
        assertEquals(restored, accepted(full(restored), 0));
        assertEquals(OTHER, keeper.epoch());
        assertInstanceOf(MapKeeper.Refused.class, keeper.restore(TestMaps.map(6, 2, 3)));
    }

    @Test
    void aMapThatTakesMostNodesAwayMustLast() {
        accepted(full(TestMaps.map(1, 2, 3, 4, 5, 6, 7)), 0);
        MeshMap few = TestMaps.map(2, 2, 3);
        MapKeeper.AskFull asked =
                assertInstanceOf(MapKeeper.AskFull.class, keeper.receive(full(few), 0));
        assertEquals(5 * SECOND, asked.delayNs());
        assertInstanceOf(MapKeeper.AskFull.class, keeper.receive(full(few), 4 * SECOND));
        assertEquals(1, keeper.revision());
        MeshMap later = TestMaps.map(3, 2, 3); // other changes meanwhile do not matter
        assertEquals(later, accepted(full(later), 5 * SECOND));
    }

    @Test
    void aMistakeThatIsTakenBackChangesNothing() {
        accepted(full(TestMaps.map(1, 2, 3, 4, 5, 6, 7)), 0);
        assertInstanceOf(MapKeeper.AskFull.class, keeper.receive(full(TestMaps.map(2, 2)), 0));
        MeshMap mended = TestMaps.map(3, 2, 3, 4, 5, 6, 7);
        assertEquals(mended, accepted(full(mended), 5 * SECOND));
        assertInstanceOf(
                MapKeeper.AskFull.class, keeper.receive(full(TestMaps.map(4, 2)), 6 * SECOND));
    }

    @Test
    void aSmallMeshAndASingleRemovalChangeAtOnce() {
        accepted(full(TestMaps.map(1, 2, 3, 4, 5)), 0);
        MeshMap none = TestMaps.map(2, 2);
        assertEquals(none, accepted(full(none), 0));
    }

    @Test
    void aMapAgainstThePolicyIsRefusedAndTheOldOneStays() {
        accepted(full(TestMaps.map(1, 2, 3)), 0);
        MeshMap foreign = TestMaps.map("other", TestMaps.EPOCH, 2, 2, 3);
        assertInstanceOf(MapKeeper.Refused.class, keeper.receive(full(foreign), 0));
        assertEquals(1, keeper.revision());
    }

    @Test
    void aThousandNodesCanBeGoneTheSlowWay() {
        long[] many = LongStream.rangeClosed(2, 1_001).toArray();
        accepted(full(TestMaps.map(1, many)), 0);
        MeshMap half = TestMaps.map(2, LongStream.rangeClosed(2, 502).toArray());
        assertEquals(half, accepted(full(half), 0)); // 499 of 999 are gone: less than half
    }
}
