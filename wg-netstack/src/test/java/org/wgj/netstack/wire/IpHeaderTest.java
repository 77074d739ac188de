// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.tun.offload.Checksum;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

class IpHeaderTest {
    private final MemorySegment memory = Arena.ofAuto().allocate(64).fill((byte) 0xa5);

    private String hex(int length) {
        return HexFormat.of().formatHex(memory.asSlice(1, length).toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void anIpv4HeaderForbidsFragmentationAndHasItsChecksum() {
        int length =
                IpHeader.write(
                        memory,
                        1,
                        IpAddress.parse("10.1.2.3"),
                        IpAddress.parse("192.168.254.255"),
                        IpHeader.TCP,
                        1400,
                        0x2a,
                        0x12345);
        assertEquals(20, length);
        assertEquals("452a058c00004000" + "4006", hex(10));
        assertEquals("0a010203c0a8feff", hex(20).substring(24));
        assertEquals(Checksum.INTACT, Checksum.sum(memory, 1, 20));
        assertEquals((byte) 0xa5, memory.get(ValueLayout.JAVA_BYTE, 21));
    }

    @Test
    void anIpv4FragmentHasItsIdentificationAndOffset() {
        IpHeader.writeIpv4(
                memory, 1, 0xffffffff, 0xfffffffe, 17, 8, 0, 0xffff, IpHeader.MORE_FRAGMENTS | 185);
        assertEquals("4500001cffff20b94011", hex(10));
        assertEquals(Checksum.INTACT, Checksum.sum(memory, 1, 20));
    }

    @Test
    void anIpv6HeaderHasItsFlowLabel() {
        int length =
                IpHeader.write(
                        memory,
                        1,
                        IpAddress.parse("fd00::1"),
                        IpAddress.parse("2001:db8::ffff"),
                        IpHeader.UDP,
                        1240,
                        0xb8,
                        0xfff_abcde);
        assertEquals(40, length);
        assertEquals(
                "6b8abcde04d81140"
                        + "fd000000000000000000000000000001"
                        + "20010db800000000000000000000ffff",
                hex(40));
    }

    @Test
    void thePseudoHeaderIsSummedAsRfc8200Says() {
        byte[] bytes =
                HexFormat.of()
                        .parseHex(
                                "fd000000000000000000000000000001"
                                        + "20010db8000000000000fffeffffffff"
                                        + "0001869f00000006");
        assertEquals(
                Checksum.sum(MemorySegment.ofArray(bytes), 0, 40),
                Checksum.fold(
                        IpHeader.pseudoHeaderSum(
                                IpAddress.parse("fd00::1"),
                                IpAddress.parse("2001:db8::fffe:ffff:ffff"),
                                6,
                                0x1869f)));
        byte[] bytes4 = HexFormat.of().parseHex("ffffffff0a0102030011ffff");
        assertEquals(
                Checksum.sum(MemorySegment.ofArray(bytes4), 0, 12),
                Checksum.fold(
                        IpHeader.pseudoHeaderSum(
                                IpAddress.parse("255.255.255.255"),
                                IpAddress.parse("10.1.2.3"),
                                17,
                                0xffff)));
    }
}
