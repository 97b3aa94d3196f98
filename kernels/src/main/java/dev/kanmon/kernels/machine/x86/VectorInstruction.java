package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.x86.Vector.Width;
import java.util.Locale;

/**
 * The vector instructions in use, as Intel's manual encodes them (Software Developer's Manual, volume 2). Where a name
 * has both a load and a store, the store is a constant of its own.
 */
public enum VectorInstruction {
    // f32 arithmetic
    VADDPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x58, Tuple.FULL, Vex.VEX),
    VSUBPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x5C, Tuple.FULL, Vex.VEX),
    VMULPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x59, Tuple.FULL, Vex.VEX),
    VDIVPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x5E, Tuple.FULL, Vex.VEX),
    VMINPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x5D, Tuple.FULL, Vex.VEX),
    VMAXPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x5F, Tuple.FULL, Vex.VEX),
    VANDPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x54, Tuple.FULL, Vex.VEX),
    VANDNPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x55, Tuple.FULL, Vex.VEX),
    VORPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x56, Tuple.FULL, Vex.VEX),
    VXORPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x57, Tuple.FULL, Vex.VEX),
    VSQRTPS(Form.TWO, Map._0F, Prefix.NONE, 0, 0x51, Tuple.FULL, Vex.VEX),
    VADDSS(Form.THREE, Map._0F, Prefix._F3, 0, 0x58, Tuple.SCALAR, Vex.VEX),
    VSUBSS(Form.THREE, Map._0F, Prefix._F3, 0, 0x5C, Tuple.SCALAR, Vex.VEX),
    VMULSS(Form.THREE, Map._0F, Prefix._F3, 0, 0x59, Tuple.SCALAR, Vex.VEX),
    VDIVSS(Form.THREE, Map._0F, Prefix._F3, 0, 0x5E, Tuple.SCALAR, Vex.VEX),
    VMINSS(Form.THREE, Map._0F, Prefix._F3, 0, 0x5D, Tuple.SCALAR, Vex.VEX),
    VMAXSS(Form.THREE, Map._0F, Prefix._F3, 0, 0x5F, Tuple.SCALAR, Vex.VEX),
    VSQRTSS(Form.THREE, Map._0F, Prefix._F3, 0, 0x51, Tuple.SCALAR, Vex.VEX),

    // multiply and add; 132, 213 and 231 say which operands are multiplied and which is added
    VFMADD132PS(Form.THREE, Map._0F38, Prefix._66, 0, 0x98, Tuple.FULL, Vex.VEX),
    VFMADD213PS(Form.THREE, Map._0F38, Prefix._66, 0, 0xA8, Tuple.FULL, Vex.VEX),
    VFMADD231PS(Form.THREE, Map._0F38, Prefix._66, 0, 0xB8, Tuple.FULL, Vex.VEX),
    VFMSUB213PS(Form.THREE, Map._0F38, Prefix._66, 0, 0xAA, Tuple.FULL, Vex.VEX),
    VFMSUB231PS(Form.THREE, Map._0F38, Prefix._66, 0, 0xBA, Tuple.FULL, Vex.VEX),
    VFNMADD213PS(Form.THREE, Map._0F38, Prefix._66, 0, 0xAC, Tuple.FULL, Vex.VEX),
    VFNMADD231PS(Form.THREE, Map._0F38, Prefix._66, 0, 0xBC, Tuple.FULL, Vex.VEX),
    VFMADD213SS(Form.THREE, Map._0F38, Prefix._66, 0, 0xA9, Tuple.SCALAR, Vex.VEX),
    VFMADD231SS(Form.THREE, Map._0F38, Prefix._66, 0, 0xB9, Tuple.SCALAR, Vex.VEX),

    // rounding and scaling
    VROUNDPS(Form.TWO, Map._0F3A, Prefix._66, 0, 0x08, Tuple.FULL, Vex.ONLY),
    VRNDSCALEPS(Form.TWO, Map._0F3A, Prefix._66, 0, 0x08, Tuple.FULL, Vex.NEVER),
    VRANGEPS(Form.THREE, Map._0F3A, Prefix._66, 0, 0x50, Tuple.FULL, Vex.NEVER),
    VFIXUPIMMPS(Form.THREE, Map._0F3A, Prefix._66, 0, 0x54, Tuple.FULL, Vex.NEVER),
    VSCALEFPS(Form.THREE, Map._0F38, Prefix._66, 0, 0x2C, Tuple.FULL, Vex.NEVER),
    VRCP14PS(Form.TWO, Map._0F38, Prefix._66, 0, 0x4C, Tuple.FULL, Vex.NEVER),

    // products of narrow numbers
    VPDPBUSD(Form.THREE, Map._0F38, Prefix._66, 0, 0x50, Tuple.FULL, Vex.VNNI),
    VPDPWSSD(Form.THREE, Map._0F38, Prefix._66, 0, 0x52, Tuple.FULL, Vex.VNNI),
    VDPBF16PS(Form.THREE, Map._0F38, Prefix._F3, 0, 0x52, Tuple.FULL, Vex.NEVER),
    VPMADDUBSW(Form.THREE, Map._0F38, Prefix._66, 0, 0x04, Tuple.WHOLE, Vex.VEX),
    VPMADDWD(Form.THREE, Map._0F, Prefix._66, 0, 0xF5, Tuple.WHOLE, Vex.VEX),

    // whole numbers
    VPADDD(Form.THREE, Map._0F, Prefix._66, 0, 0xFE, Tuple.FULL, Vex.VEX),
    VPSUBD(Form.THREE, Map._0F, Prefix._66, 0, 0xFA, Tuple.FULL, Vex.VEX),
    VPMULLD(Form.THREE, Map._0F38, Prefix._66, 0, 0x40, Tuple.FULL, Vex.VEX),
    VPMINSD(Form.THREE, Map._0F38, Prefix._66, 0, 0x39, Tuple.FULL, Vex.VEX),
    VPMAXSD(Form.THREE, Map._0F38, Prefix._66, 0, 0x3D, Tuple.FULL, Vex.VEX),
    VPMINUD(Form.THREE, Map._0F38, Prefix._66, 0, 0x3B, Tuple.FULL, Vex.VEX),
    VPMAXUD(Form.THREE, Map._0F38, Prefix._66, 0, 0x3F, Tuple.FULL, Vex.VEX),
    VPADDW(Form.THREE, Map._0F, Prefix._66, 0, 0xFD, Tuple.WHOLE, Vex.VEX),
    VPCMPEQD(Form.THREE, Map._0F, Prefix._66, 0, 0x76, Tuple.FULL, Vex.ONLY),
    VPCMPGTD(Form.THREE, Map._0F, Prefix._66, 0, 0x66, Tuple.FULL, Vex.ONLY),
    VPAND(Form.THREE, Map._0F, Prefix._66, 0, 0xDB, Tuple.FULL, Vex.ONLY),
    VPOR(Form.THREE, Map._0F, Prefix._66, 0, 0xEB, Tuple.FULL, Vex.ONLY),
    VPXOR(Form.THREE, Map._0F, Prefix._66, 0, 0xEF, Tuple.FULL, Vex.ONLY),
    VPANDD(Form.THREE, Map._0F, Prefix._66, 0, 0xDB, Tuple.FULL, Vex.NEVER),
    VPORD(Form.THREE, Map._0F, Prefix._66, 0, 0xEB, Tuple.FULL, Vex.NEVER),
    VPXORD(Form.THREE, Map._0F, Prefix._66, 0, 0xEF, Tuple.FULL, Vex.NEVER),
    VPTERNLOGD(Form.THREE, Map._0F3A, Prefix._66, 0, 0x25, Tuple.FULL, Vex.NEVER),
    VPSLLD(Form.SHIFT, Map._0F, Prefix._66, 0, 0x72, Tuple.FULL, Vex.VEX, 6),
    VPSRLD(Form.SHIFT, Map._0F, Prefix._66, 0, 0x72, Tuple.FULL, Vex.VEX, 2),
    VPSRAD(Form.SHIFT, Map._0F, Prefix._66, 0, 0x72, Tuple.FULL, Vex.VEX, 4),
    VPSLLW(Form.SHIFT, Map._0F, Prefix._66, 0, 0x71, Tuple.WHOLE, Vex.VEX, 6),
    VPSRLW(Form.SHIFT, Map._0F, Prefix._66, 0, 0x71, Tuple.WHOLE, Vex.VEX, 2),
    VPSRAW(Form.SHIFT, Map._0F, Prefix._66, 0, 0x71, Tuple.WHOLE, Vex.VEX, 4),

    // conversions
    VCVTDQ2PS(Form.TWO, Map._0F, Prefix.NONE, 0, 0x5B, Tuple.FULL, Vex.VEX),
    VCVTPS2DQ(Form.TWO, Map._0F, Prefix._66, 0, 0x5B, Tuple.FULL, Vex.VEX),
    VCVTTPS2DQ(Form.TWO, Map._0F, Prefix._F3, 0, 0x5B, Tuple.FULL, Vex.VEX),
    VCVTNEPS2BF16(Form.TWO, Map._0F38, Prefix._F3, 0, 0x72, Tuple.FULL, Vex.NEVER),
    VCVTNE2PS2BF16(Form.THREE, Map._0F38, Prefix._F2, 0, 0x72, Tuple.FULL, Vex.NEVER),
    VCVTPH2PS(Form.TWO, Map._0F38, Prefix._66, 0, 0x13, Tuple.HALF, Vex.VEX),
    VPMOVSXBW(Form.TWO, Map._0F38, Prefix._66, 0, 0x20, Tuple.HALF, Vex.VEX),
    VPMOVSXBD(Form.TWO, Map._0F38, Prefix._66, 0, 0x21, Tuple.QUARTER, Vex.VEX),
    VPMOVSXWD(Form.TWO, Map._0F38, Prefix._66, 0, 0x23, Tuple.HALF, Vex.VEX),
    VPMOVZXBW(Form.TWO, Map._0F38, Prefix._66, 0, 0x30, Tuple.HALF, Vex.VEX),
    VPMOVZXBD(Form.TWO, Map._0F38, Prefix._66, 0, 0x31, Tuple.QUARTER, Vex.VEX),
    VPMOVZXWD(Form.TWO, Map._0F38, Prefix._66, 0, 0x33, Tuple.HALF, Vex.VEX),
    VPMOVUSDB(Form.STORE, Map._0F38, Prefix._F3, 0, 0x11, Tuple.QUARTER, Vex.NEVER),
    VPMOVSDB(Form.STORE, Map._0F38, Prefix._F3, 0, 0x21, Tuple.QUARTER, Vex.NEVER),
    VPMOVDB(Form.STORE, Map._0F38, Prefix._F3, 0, 0x31, Tuple.QUARTER, Vex.NEVER),
    VPMOVDW(Form.STORE, Map._0F38, Prefix._F3, 0, 0x33, Tuple.HALF, Vex.NEVER),
    VPMOVWB(Form.STORE, Map._0F38, Prefix._F3, 0, 0x30, Tuple.HALF, Vex.NEVER),
    VPACKSSDW(Form.THREE, Map._0F, Prefix._66, 0, 0x6B, Tuple.FULL, Vex.VEX),
    VPACKUSDW(Form.THREE, Map._0F38, Prefix._66, 0, 0x2B, Tuple.FULL, Vex.VEX),
    VPACKSSWB(Form.THREE, Map._0F, Prefix._66, 0, 0x63, Tuple.WHOLE, Vex.VEX),
    VPACKUSWB(Form.THREE, Map._0F, Prefix._66, 0, 0x67, Tuple.WHOLE, Vex.VEX),

    // moves
    VMOVUPS(Form.TWO, Map._0F, Prefix.NONE, 0, 0x10, Tuple.WHOLE, Vex.VEX),
    VMOVUPS_STORE(Form.STORE, Map._0F, Prefix.NONE, 0, 0x11, Tuple.WHOLE, Vex.VEX),
    VMOVSS(Form.TWO, Map._0F, Prefix._F3, 0, 0x10, Tuple.SCALAR, Vex.VEX),
    VMOVSS_STORE(Form.STORE, Map._0F, Prefix._F3, 0, 0x11, Tuple.SCALAR, Vex.VEX),
    VMOVDQU(Form.TWO, Map._0F, Prefix._F3, 0, 0x6F, Tuple.WHOLE, Vex.ONLY),
    VMOVDQU_STORE(Form.STORE, Map._0F, Prefix._F3, 0, 0x7F, Tuple.WHOLE, Vex.ONLY),
    VMOVDQU32(Form.TWO, Map._0F, Prefix._F3, 0, 0x6F, Tuple.WHOLE, Vex.NEVER),
    VMOVDQU32_STORE(Form.STORE, Map._0F, Prefix._F3, 0, 0x7F, Tuple.WHOLE, Vex.NEVER),
    VMOVDQU8(Form.TWO, Map._0F, Prefix._F2, 0, 0x6F, Tuple.WHOLE, Vex.NEVER),
    VMOVDQU8_STORE(Form.STORE, Map._0F, Prefix._F2, 0, 0x7F, Tuple.WHOLE, Vex.NEVER),
    VMOVDQU16(Form.TWO, Map._0F, Prefix._F2, 1, 0x6F, Tuple.WHOLE, Vex.NEVER),
    VMOVDQU16_STORE(Form.STORE, Map._0F, Prefix._F2, 1, 0x7F, Tuple.WHOLE, Vex.NEVER),
    VBROADCASTSS(Form.TWO, Map._0F38, Prefix._66, 0, 0x18, Tuple.SCALAR, Vex.VEX),
    VPBROADCASTD(Form.TWO, Map._0F38, Prefix._66, 0, 0x58, Tuple.SCALAR, Vex.VEX),
    VBROADCASTF32X4(Form.TWO, Map._0F38, Prefix._66, 0, 0x1A, Tuple.SIXTEEN, Vex.NEVER),
    VBROADCASTF128(Form.TWO, Map._0F38, Prefix._66, 0, 0x1A, Tuple.SIXTEEN, Vex.ONLY),
    VBLENDMPS(Form.THREE, Map._0F38, Prefix._66, 0, 0x65, Tuple.FULL, Vex.NEVER),
    VMASKMOVPS(Form.THREE, Map._0F38, Prefix._66, 0, 0x2C, Tuple.WHOLE, Vex.ONLY),
    VMASKMOVPS_STORE(Form.OWN, Map._0F38, Prefix._66, 0, 0x2E, Tuple.WHOLE, Vex.ONLY),

    // shuffles
    VUNPCKLPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x14, Tuple.FULL, Vex.VEX),
    VUNPCKHPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0x15, Tuple.FULL, Vex.VEX),
    VUNPCKLPD(Form.THREE, Map._0F, Prefix._66, 1, 0x14, Tuple.WHOLE, Vex.VEX),
    VUNPCKHPD(Form.THREE, Map._0F, Prefix._66, 1, 0x15, Tuple.WHOLE, Vex.VEX),
    VPUNPCKLWD(Form.THREE, Map._0F, Prefix._66, 0, 0x61, Tuple.WHOLE, Vex.VEX),
    VPUNPCKHWD(Form.THREE, Map._0F, Prefix._66, 0, 0x69, Tuple.WHOLE, Vex.VEX),
    VPUNPCKLDQ(Form.THREE, Map._0F, Prefix._66, 0, 0x62, Tuple.FULL, Vex.VEX),
    VPUNPCKHDQ(Form.THREE, Map._0F, Prefix._66, 0, 0x6A, Tuple.FULL, Vex.VEX),
    VPUNPCKLQDQ(Form.THREE, Map._0F, Prefix._66, 1, 0x6C, Tuple.WHOLE, Vex.VEX),
    VPUNPCKHQDQ(Form.THREE, Map._0F, Prefix._66, 1, 0x6D, Tuple.WHOLE, Vex.VEX),
    VSHUFPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0xC6, Tuple.FULL, Vex.VEX),
    VSHUFF32X4(Form.THREE, Map._0F3A, Prefix._66, 0, 0x23, Tuple.FULL, Vex.NEVER),
    VPERM2F128(Form.THREE, Map._0F3A, Prefix._66, 0, 0x06, Tuple.WHOLE, Vex.ONLY),
    VPERMPS(Form.THREE, Map._0F38, Prefix._66, 0, 0x16, Tuple.FULL, Vex.VEX),
    VPERMD(Form.THREE, Map._0F38, Prefix._66, 0, 0x36, Tuple.FULL, Vex.VEX),
    VPERMI2PS(Form.THREE, Map._0F38, Prefix._66, 0, 0x77, Tuple.FULL, Vex.NEVER),
    VPERMT2PS(Form.THREE, Map._0F38, Prefix._66, 0, 0x7F, Tuple.FULL, Vex.NEVER),
    VPERMI2D(Form.THREE, Map._0F38, Prefix._66, 0, 0x76, Tuple.FULL, Vex.NEVER),
    VPERMT2D(Form.THREE, Map._0F38, Prefix._66, 0, 0x7E, Tuple.FULL, Vex.NEVER),
    VPERMW(Form.THREE, Map._0F38, Prefix._66, 1, 0x8D, Tuple.WHOLE, Vex.NEVER),
    VPERMT2W(Form.THREE, Map._0F38, Prefix._66, 1, 0x7D, Tuple.WHOLE, Vex.NEVER),
    VPSHUFB(Form.THREE, Map._0F38, Prefix._66, 0, 0x00, Tuple.WHOLE, Vex.VEX),
    VALIGND(Form.THREE, Map._0F3A, Prefix._66, 0, 0x03, Tuple.FULL, Vex.NEVER),
    VPERMILPS(Form.TWO, Map._0F3A, Prefix._66, 0, 0x04, Tuple.FULL, Vex.VEX),
    VPSHUFD(Form.TWO, Map._0F, Prefix._66, 0, 0x70, Tuple.FULL, Vex.VEX),
    VINSERTF128(Form.THREE, Map._0F3A, Prefix._66, 0, 0x18, Tuple.SIXTEEN, Vex.ONLY),
    VINSERTF32X8(Form.THREE, Map._0F3A, Prefix._66, 0, 0x1A, Tuple.THIRTY_TWO, Vex.NEVER),
    VEXTRACTF128(Form.STORE, Map._0F3A, Prefix._66, 0, 0x19, Tuple.SIXTEEN, Vex.ONLY),
    VEXTRACTF32X4(Form.STORE, Map._0F3A, Prefix._66, 0, 0x19, Tuple.SIXTEEN, Vex.NEVER),
    VEXTRACTF32X8(Form.STORE, Map._0F3A, Prefix._66, 0, 0x1B, Tuple.THIRTY_TWO, Vex.NEVER),

    // comparisons, choices and gathers
    VCMPPS(Form.THREE, Map._0F, Prefix.NONE, 0, 0xC2, Tuple.FULL, Vex.ONLY),
    VCMPPS_MASK(Form.OWN, Map._0F, Prefix.NONE, 0, 0xC2, Tuple.FULL, Vex.NEVER),
    VPCMPD_MASK(Form.OWN, Map._0F3A, Prefix._66, 0, 0x1F, Tuple.FULL, Vex.NEVER),
    VBLENDVPS(Form.OWN, Map._0F3A, Prefix._66, 0, 0x4A, Tuple.WHOLE, Vex.ONLY),
    VGATHERDPS(Form.OWN, Map._0F38, Prefix._66, 0, 0x92, Tuple.SCALAR, Vex.NEVER),
    VGATHERDPS_VEX(Form.OWN, Map._0F38, Prefix._66, 0, 0x92, Tuple.SCALAR, Vex.ONLY);

    /** How operands go into an encoding. */
    enum Form {
        /** Destination, first source, second source or memory. */
        THREE,
        /** Destination, source or memory. */
        TWO,
        /** Destination or memory, source. */
        STORE,
        /** Destination, source, a count; the opcode has a fourth part. */
        SHIFT,
        /** {@link Assembler} has a method of its own for it. */
        OWN
    }

    /** The escape bytes before an opcode. */
    enum Map {
        _0F,
        _0F38,
        _0F3A;

        int number() {
            return ordinal() + 1;
        }
    }

    /** The prefix that is part of an opcode; the order is that of the encoding. */
    enum Prefix {
        NONE,
        _66,
        _F3,
        _F2
    }

    /** Which bytes of memory an instruction touches: displacements of one byte count in these. */
    enum Tuple {
        /** As many as the register has, or one number of four bytes for all lanes. */
        FULL,
        /** As many as the register has. */
        WHOLE,
        HALF,
        QUARTER,
        /** Four bytes. */
        SCALAR,
        SIXTEEN,
        THIRTY_TWO;

        int bytes(Width width) {
            return switch (this) {
                case FULL, WHOLE -> width.bytes();
                case HALF -> width.bytes() / 2;
                case QUARTER -> width.bytes() / 4;
                case SCALAR -> 4;
                case SIXTEEN -> 16;
                case THIRTY_TWO -> 32;
            };
        }
    }

    /** Whether there is an encoding for CPUs without AVX-512. */
    enum Vex {
        /** Of AVX, AVX2 or FMA. */
        VEX,
        /** There is no other. */
        ONLY,
        /** Of AVX-VNNI, a feature of its own. */
        VNNI,
        NEVER
    }

    private final Form form;
    private final Map map;
    private final Prefix prefix;
    private final int w;
    private final int opcode;
    private final Tuple tuple;
    private final Vex vex;
    private final int extension;

    VectorInstruction(Form form, Map map, Prefix prefix, int w, int opcode, Tuple tuple, Vex vex) {
        this(form, map, prefix, w, opcode, tuple, vex, 0);
    }

    VectorInstruction(Form form, Map map, Prefix prefix, int w, int opcode, Tuple tuple, Vex vex, int extension) {
        this.form = form;
        this.map = map;
        this.prefix = prefix;
        this.w = w;
        this.opcode = opcode;
        this.tuple = tuple;
        this.vex = vex;
        this.extension = extension;
    }

    Form form() {
        return form;
    }

    Map map() {
        return map;
    }

    Prefix prefix() {
        return prefix;
    }

    /** The bit W of an EVEX encoding; VEX encodings of these instructions leave it 0. */
    int w() {
        return w;
    }

    int opcode() {
        return opcode;
    }

    Tuple tuple() {
        return tuple;
    }

    Vex vex() {
        return vex;
    }

    /** The fourth part of the opcode of a {@link Form#SHIFT}. */
    int extension() {
        return extension;
    }

    /** As GNU as writes it. */
    String text() {
        return name().toLowerCase(Locale.ROOT).replaceFirst("_(store|mask|vex)$", "");
    }
}
