package dev.kanmon.tokenizer.text;

/**
 * Character tables as the reference has them, which is not as the JDK has them: the Rust crates behind the Hugging Face
 * library are pinned to Unicode 8 and 9 for categories and normalisation, and a JDK's tables move with its version.
 *
 * <p>Every table was read out of {@code tokenizers} 0.23.3 itself by normalising and splitting each of the 1,112,064
 * Unicode scalar values on its own. A table is a list of ranges in ascending order, numbers in base 36: the gap since
 * the end of the range before, then, after a comma, the length if it is not 1.
 */
final class UnicodeTables {
    private UnicodeTables() {}

    /** What {@code clean_text} of BertNormalizer removes: NUL, U+FFFD, and Cc, Cf, Co of unicode_categories, less tab, line feed and carriage return. */
    static final String REMOVED = """
        0,9 2,2 1,i 2n,x d 11u,6 m 5c 1d 3cu 1ks,5 q,5 1d,5 1,a 11u8,4xs 16n 6x,3 1 3b3 xya,4 43z,8 h406 u,2o
        1egw,1eke 2,1eke
        """;

    /** ASCII punctuation and the categories P* of unicode_categories. */
    static final String PUNCTUATION = """
        x,f a,7 q,6 q,4 y 5 3 a,2 3 3 ji 8 cy,6 15,2 1f 1 2 2 18,2 k,2 1,2 d 2,2 22,4 2u 17,e 6h,3 1i,f v 79,2 a
        an lf 2i a,2 4o,f 1 11,4 1z 22,5 4,2 33,6 4r h0,9 47 h8,2 18,2 26,3 1z,2 4d,3 1,3 11,b 8p,2 60,2 3k,7
        1,6 4s,7 4b,4 1n,5 1q,2 1s,8 b n0,o 8,k 1,d 1,c u,2 e,2 hl,4 t,2 u5,e 27,2 v,a b7,m 1r,4 w,2 l7,4 1,2 34
        3z,1b 1,j ce,3 4,a 2,c g c 2q 2i mwy,2 7h,3 2r a 37,6 ak,4 2e,2 14,3 1 1d,2 1b 2p,d g,2 3g,4 3i,2 g,2 6x
        g2a,2 5s,a m,z 1,e 1 4 1,2 45,3 1,6 1,4 a,2 3,2 q,3 1 r 1 1,7 be,3 ik 1c bi kn 5j v 7k,9 12 34,7 1u,7
        2h,4 x6,7 31,2 1,4 3i,4 1c,2 27,5 3 d 1,3 2g,6 2z f0 6y,n 2x,3 6w,3 2lt,5 dtl,2 3p 1t,5 8 g2i 5wn,5
        """;

    /** Category Mn of unicode_categories, for code points without a canonical decomposition. */
    static final String NONSPACING_MARK = """
        lc,1s 2 2,17 7n,5 7d,19 1 1,2 1,2 1 20,b 1c,l g 2t,7 2,6 2,2 1,4 z u,r 2j,b 1m,9 y,4 1,9 1,3 1,5 17,3
        3r,w 1j 1 4,8 4 3,7 a,2 t 1m 4,4 8 k,2 t,2 1l 4,2 4,2 2,3 3 u,2 3 b,2 1l 4,5 1,2 4 k,2 t 1m 2 1,4 8 8
        b,2 u 1p c 1e 1p,3 5,2 2,4 7,2 b,2 t 1m 2 6 5,2 k,2 t 1r,4 8 k,2 2u 7,3 1 2i 2,7 c,8 2q 2,6 1,2 b,6 22,2
        r 1 1 1j,2 1 2 1,6 1 1,3 1,2 5,6 1,4 1,4 1,4 1,4 1,4 1,c 1,3 9 2u,4 1,6 1,2 2,2 p,2 4,3 g,4 d 2,2 6 f
        jj,3 qa,3 t,3 t,2 u,2 1s,2 1,7 8 2,b 9 19,3 4b 3a,3 4,2 9 6,3 63,2 2 1m 1,7 1 1 2,8 6,a 2 1c,e 1u,4 1c
        1,5 1 5 14,9 c,2 w,4 2,2 1,3 1k 1,2 3 1,3 1m,8 2,2 48,3 1,d 1,7 4 6 3,2 5i,1i 6,4 k0,d 4 3,c 2da,3 3x
        2o,w fe,4 2z,2 n9w 4,a w,2 28,2 7k 3 4 p,2 4d r,i 1g,8 p,b 1a,3 1c 2,4 2 14 1v,6 2,2 2,2 c 8 1b 1f 1,3
        2,2 5,2 1 16,2 8 6m 2 4 fn4 kh,g g,g r1 6a 45,5 1ae,3 1,2 5,4 14,3 4 4l,2 10a 1i,f 1k,3 1d,4 2,2 1x,3
        10,5 1 2,5 1q c,2 1g,9 b,3 2q,3 2 1,2 4n 3,8 l,2 1m 3 11,7 3,5 8u,6 1 4,2 1,2 6m,4 6,2 1,2 r,2 2d,8 2
        1,2 2y 1 2,6 1 2t,3 2,4 1,5 gjo,5 1n,7 uw,4 f7u,2 43s,3 h,8 2,7 u,4 44,3 1iz,1j 4,1e 8 e m,5 1,f 2sg,7
        gzl5,6o
        """;

    /** Categories M* of unicode-normalization-alignments (Unicode 9). */
    static final String COMBINING_MARK = """
        lc,34 7n,7 7b,19 1 1,2 1,2 1 20,b 1c,l g 2t,7 2,6 2,2 1,4 z u,r 2j,b 1m,9 y,4 1,9 1,3 1,5 17,3 3c,e 1,x
        1i,3 1,i 1,7 a,2 t,3 1k 1,7 2,2 2,3 9 a,2 t,3 1k 1,5 4,2 2,3 3 u,2 3 b,3 1k 1,8 1,3 1,3 k,2 t,3 1k 1,7
        2,2 2,3 8,2 a,2 u 1n,5 3,3 1,4 9 14,4 1m,7 1,3 1,4 7,2 b,2 t,3 1k 1,7 1,3 1,4 7,2 b,2 t,3 1m,7 1,3 1,4 9
        a,2 u,2 1y 4,6 1 1,8 i,2 1p 2,7 c,8 2q 2,6 1,2 b,6 22,2 r 1 1 4,2 1d,k 1,2 5,b 1,10 9 2s,k n,4 4,3 1,3
        2,7 3,4 d,c 1 a,4 jj,3 qa,3 t,3 t,2 u,2 1s,w 9 19,3 3b,2 y 3a,c 4,c 63,5 1l,a 1,t 2 1c,f 1t,5 1b,h 12,9
        c,3 u,d 1k,e 1c,k 48,3 1,l 4 4,3 3,2 5i,1i 5,5 k0,x 2da,3 3x 2o,w fe,6 2x,2 n9w,4 1,a w,2 28,2 7k 3 4
        n,5 2g,2 1e,i q,i 1g,8 p,d 18,4 1b,e 10 1v,e c 8,2 19,3 1e 1,3 2,2 5,2 1 15,5 5,2 6k,8 1,2 fn4 kh,g g,g
        r1 6a 45,5 1ae,3 1,2 5,4 14,3 4 4l,2 109,3 1h,f 1k,4 19,b 1x,3 10,e 1q c,3 1c,e 9,3 2n,c 6 4g,c l,4 1k
        1,7 2,2 2,3 9 a,2 2,7 3,5 5c,i 2x,k 6j,7 2,9 r,2 2a,h 2y,d 2t,f zn,8 1,8 2a,m 1,e fg9,5 1n,7 t6,1a g,4
        f7u,2 43q,5 3,6 8,8 2,7 u,4 44,3 1iz,1j 4,1e 8 e m,5 1,f 11s,7 1,h 2,7 1,2 1,5 1ph,7 31,7 gzhx,6o
        """;

    /** Categories Nd, Nl, No of the Rust standard library ({@code char::is_numeric}). */
    static final String NUMERIC = """
        1c,a 3c,2 5 2,3 141,a 3q,a 5i,a bg,a 3a,a 4,6 30,a 3a,a 3a,a 2,6 32,d 37,a 8,7 2v,a 2w,7 7,j 31,a 2o,a
        3a,a 1y,k 7g,a 1y,a jz,k oh,3 6n,a 6,a m,a 8c,a 3k,b 4l,a 6,a 52,a 2e,a 3q,a 6,a t2 3,6 6,a 5i,1f 2,5
        k6,1o 26,m hi,u 12h ll p,9 e,3 9j,4 3u,a u,8 1,f w,a 13,f msg,a 58,a 8w,6 4a,a 12,a 5i,a m,a 2e,a ba,a
        geu,a dp,19 c,1l h,2 9h,r 10,4 t 8 3q,5 5m,a q6,8 p,7 13,9 23,5 m,6 4g,2 2,g 2,1a 1s,9 1g,2 u,3 23,5
        2w,8 o,8 15,7 96,6 1c,a 6,a 7q,v 4e,a 16,4 34,7 3q,u 3k,a 1o,a 40,a 7,k 6z,a 9i,a 3a,a ae,a 2u,a 6,k
        24,c bo,j 2l,a ie,a 2e,t 6b,a 1y,a 1i,a 9y,a 2u,l tn,33 c01,a 1t2,a 2e,a 3q,a 1,7 em,a 7a,n 9p,3 id5,a
        152,k c,k 30,p ut,1e 1ts,a bq,a dy,a 6v,a jw,9 3k,a lz,1n 1,3 1,4 24,19 1,f qq,d 25f,a
        """;

    /** {@code \w} of the Rust crate regex. */
    static final String WORD = """
        1c,a 7,q 4 1,q 1b a 4 5,n 1,v 1,cq 4,c e,5 7 1 h,39 1,2 2,4 1 6 1,3 1 1,k 1,2b 1,3v 1,4t 1,12 2 6,15
        8,19 1 1,2 1,2 1 8,r 4,4 t,b 5,22 4,2u 1,8 2,a 1,j 2 g,1n 2,2t e,1i 4 2 2,1a i,s 4,b 5,o 1,6 8,23 1,3l
        2,a 1,j 1,8 2,2 2,m 1,7 1 3,4 2,9 2,2 2,4 8 4,2 1,5 2,c a 1 2,3 1,6 4,2 2,m 1,7 1,2 1,2 1,2 2 1,5 4,2
        2,3 3 7,4 1 7,g b,3 1,9 1,3 1,m 1,7 1,2 1,5 2,a 1,3 1,3 2 f,4 2,a 9,7 1,3 1,8 2,2 2,m 1,7 1,2 1,5 2,9
        2,2 2,3 7,3 4,2 1,5 2,a 1 g,2 1,6 3,3 1,4 3,2 1 1,2 3,2 3,3 3,c 4,5 3,3 1,4 2 6 e,a g,d 1,3 1,n 1,g 2,9
        1,3 1,4 7,2 1,3 2 2,4 2,a g,4 1,8 1,3 1,n 1,a 1,5 2,9 1,3 1,4 7,2 6,2 1,4 2,a 1,3 c,d 1,3 1,1f 1,3 1,5
        5,4 7,5 2,a a,6 1,3 1,i 3,o 1,9 1 2,7 3 4,6 1 1,8 6,a 2,2 d,1m 5,f 1,a 13,2 1 1,5 1,o 1 1,n 2,5 1 1,7
        1,a 2,4 w n,2 6,a b 1 1 4,a 1,10 4,k 1,i 1,10 9 1l,22 6,26 2,12 1 5 2,17 1,99 1,4 2,7 1 1,4 2,15 1,4 2,x
        1,4 2,7 1 1,4 2,f 1,1l 1,4 2,1v 2,3 w,g g,2e 2,6 3,h8 2,h 1,q 5,23 3,b 7,m 9,m b,k c,d 1,3 1,2 c,2c 3
        4,2 2,a x,3 1,b 6,2h 7,17 5,1y a,v 1,c 4,c a,14 2,5 b,18 4,q 6,a 12,s 4,1r 1,t 2,b 6,a d 8,v 1d,25 3,a
        h,9 c,38 c,1k 8,a 3,1d 2,b 5,17 2,3 g,3 1,13 5,eu 2,6 2,12 2,6 2,8 1 1 1 1,v 2,1h 1,7 1 3,3 1,7 3,4 2,6
        4,d 5,3 1,7 f,2 1d,2 j s d g,d 1f,x h 4 2,a 1 3,5 6 1 1 1,4 1,b 2,4 5,5 4 h,15 ml,1g 1ee,6d 6,9 c,12 1 5
        2,1k 7 f,o 9,7 1,7 1,7 1,7 1,7 1,7 1,7 1,7 1,w 1b d1,3 p,f 1,5 2,5 4,2e 2,2 2,3 1,2i 1,4 5,17 1,2m h,w
        1c,g e8,534 1s,h3h 1v,1a 2,7h 3,s k,1f 1,a 1,37 11,9 2,2v 2,1v 2,2 1 1,8 l,1i 4 j,1g c,1y a,a 6,o 3 1,1d
        2,10 c,t 3,1t e,b 6,v 1,1j 9,e 2,a 6,n 3,21 o,3 2,g 2,5 a,6 2,6 2,6 9,7 1,7 1,17 1,e 6,3f 1,2 2,a 6,8mc
        c,n 4,1d 6is,a6 2,2y 12,7 c,5 5,c 1,d 1,5 1 1,2 1,2 1,30 x,a3 i,1s 2,1i 14,c 4,g g,g 3,2 o,3 w,5 1,3r
        j,a 7,q 4 1,q b,2h 3,6 2,6 2,6 2,3 z,c 1,q 1,j 1,2 1,f 2,e y,3f 1x,1h 3s 3m,t 3,1d f v,w d,u 5,17 5,u
        2,10 4,8 1,5 16,4e 2,a 6,10 4,10 4,14 8,1g c,b 1,f 1,7 1,2 1,b 1,f 1,7 1,2 3,1g c,8n 9,m a,8 o,6 1,16
        1,9 1x,6 2 1,18 1,2 3 2,n a,n 9,v 1t,j 1,2 a,m a,q 1y,1k 6,2 1s,4 1,2 5,8 1,3 1,t 2,3 4 w,t 3,t z,8 1,u
        p,1i a,m a,j d,i 32,21 1j,1f d,1f d,14 8,a 6,12 3,5 1,n 6y,16 1,2 3,2 g,3 1j,x a 8,x v,m 16,l r,n 9,1z
        v,g 9,1o 7 d,p 7,a 6,1h 1,a 4,4 8,10 2 9,1x 4,4 1,d 1 z,i 1,11 6,4 1q,7 1 1,4 1,f 1,a 7,1n 5,a 6,4 1,8
        2,2 2,m 1,7 1,2 1,5 1,a 2,2 2,3 2 6 5,7 2,7 3,5 b,a 1 2 1,12 1,a 1 2 1,4 1,8 d,2 t,23 5,a 4,4 u,1y 1 8,a
        4m,1i 2,9 n,6 y,1t 3 b,a 12,1l 7,a 6,k s,r 2,f 4,a 6,7 55,1n 2t,22 l,8 2 2,8 1,2 1,u 1,2 2,9 c,a 1y,8
        2,1a 2,8 1,2 r,1r 8 8,22 3 i,21 5j,x f,a 6,9 1,19 1,9 f,a o,u 2,m 1,e 21,7 1,2 1,18 3 1,2 1,9 8,a 6,6
        1,2 1,11 1,2 1,6 7,a 8m,n 9,h 1,15 3,5 d,b 2d 27,pm 2u,33 h,5g 218,2p f,ts g,m a,32z 5,g7 5a1,1m 1c6,ft
        7,v 1,a 6,27 1,a 6,u 2,5 b,1j 9,4 c,a 9,l 5,j c0,19 3,a 5i,1s 3k,23 4,1l 7,h 1s,2 1,2 b,2 e,4qg 8,ye
        15,a 6w7,4 1,7 1,2 1,83 f t,3 2 e,4 8,b0 1s4,2z 5,d 3,9 7,a 3,2 381,a ee,1a 2,n f2,5 3,6 8,8 2,7 u,4
        44,3 cb,2d 1,1z 1,2 2 2,2 2,4 1,c 1 1,7 1,1t 1,4 2,8 1,7 1,s 1,4 1,5 1 3,7 1,9g 2,p 1,p 1,v 1,p 1,v 1,p
        1,v 1,p 1,v 1,p 1,8 2,1e e8,1j 4,1e 8 e m,5 1,f uo,v 6,6 5x,7 1,h 2,7 1,2 1,5 5,1q x 34,19 3,e 2,a 4
        8x,v h,1m d2,16 5y,17 dh,7 1,4 1,2 1,f 1,5h b,7 15,24 4,a x2,4 1,r 1,2 1 2 1,a 1,4 1 1 6 4 1 1 1,3 1,2 1
        2 1 1 1 1 1,2 1 2,4 1,7 1,4 1,4 1 1,a 1,h 5,3 1,5 1,h hg,q 6,q 6,q 21y,a sm,wyo w,37e 6,66 2,4g2 e,5rl
        f,ha 1wi,f2 15u,3t7 5,38g f9e8,6o
        """;

    /** Code points with a canonical decomposition in Unicode 9, Hangul syllables aside. */
    static final String CANONICAL = """
        5c,6 1,9 1,6 2,5 2,6 1,9 1,6 2,5 1,h 2,k 2,9 3,4 1,6 4,6 3,6 2,i 2,n x,2 d,2 s,g 1,6 2,b 3,2 2,10 2,2
        6,e 7g,2 1,2 1b 9 6,6 1 1,3 p,7 p,5 4,2 17,2 1 3 4,3 a v m,2 1 3 4,3 n,2 21,2 d,4 2,2 2,6 2,6 2,c 2,2
        88,5 49 1 g gl 7 2 z,8 2z,2 f,2 1 2b 2 y,3 2 6h 2,2 f,2 1i 1h,3 3f 3b 6,2 1,2 3i,3 3x 1,3 9w 9 4 4 4 c 9
        1,2 1 8 h 9 4 4 4 c 30 25b 1 1 1 1 3 14 1 2,2 1 jg,4a 1 4,2i 6,m 2,6 2,12 2,6 2,8 1 1 1 1,v 2,1h 1,7 1
        2,4 1,e 2,6 1,j 2,3 1,8 2,2 84 3,2 32,2 i u,3 1g 4 2 n 1 q 2 2 1 m 1 a,5 2,2 2,2 6,2 2,2 2,2 y,4 1c,4
        6,4 1n,2 1ip 12n 1 1 1 1 1 1 1 1 1 1 1 2 1 1 6,2 1,2 1,2 1,2 1,2 m 9 d 1 1 1 1 1 1 1 1 1 1 1 2 1 1 6,2
        1,2 1,2 1,2 1,2 m 2,4 3 13i9,7i 2 1 2,a 1 1 2,2 3,1w 2,2y 1v 1 a,d 1,5 1 1,2 1,2 1,9 47f 1 e 3m,2 ez,2
        a6,2 1 6z,2 112a,7 2e,6 1m4f,f2
        """;

    /** Code points with a compatibility or canonical decomposition in Unicode 9, Hangul syllables aside. */
    static final String COMPATIBLE = """
        4g 7 1 4 2,4 2,3 1,3 1,6 1,9 1,6 2,5 2,6 1,9 1,6 2,5 1,h 2,k 2,9 1,6 1,8 2,7 2,6 2,i 2,o w,2 d,2 j,p 1,6
        2,g 2,10 2,2 6,e 3g,9 v,6 2,5 2j,2 1,2 1b 5 3 5,7 1 1,3 p,7 p,5 1,7 p,3 1,2 3 6,2 1 3 4,3 a v m,2 1 3
        4,3 n,2 21,2 d,4 2,2 2,6 2,6 2,c 2,2 3x 4a,5 26,4 1z 1 g gl 7 2 z,8 2z,2 f,2 1 2b 2 y,3 2 6h 2,2 f,2 1i
        1h,3 3f 3b 6,2 1,2 3i,3 3x 1,3 2c 3j 14,2 1a 1i 9 4 4 4 c 9 1,5 7 h 9 4 4 4 c 30 5x 1zd 1 1 1 1 3 14 1
        2,2 1 dk,3 1,b 1,i 1,s d y,11 1s,4c 4,2i 6,m 2,6 2,12 2,6 2,8 1 1 1 1,v 2,1h 1,f 1,e 2,6 1,j 2,3 1,9 1,b
        6 5 c,3 8 3,2 1,2 4 1 8,3 d 7 g,2 2,r 1,d b 2f,4 1,3 1,b 1,2 2,5 2,3 1 1 1 1,4 1,3 1,7 1,6 4,5 6,1c 9
        g,2 i u,3 1g 4 2 n 1 5,2 1,2 g 2 2 1 m 1 a,5 2,2 2,2 6,2 2,2 2,2 y,4 1c,4 6,4 1n,2 8l,3v 10h 2v,3 2t
        bj,2 6p 8f 2b c,5y 16 1h 1,3 h 1 1 1 1 1 1 1 1 1 1 1 2 1 1 6,2 1,2 1,2 1,2 1,2 m 6,2 1,2 c 1 1 1 1 1 1 1
        1 1 1 1 2 1 1 6,2 1,2 1,2 1,2 1,2 m 2,4 3,2 1d,2m 3,e 2o,v 1,14 8,1b 1,3j 1,74 mn0,2 5u 3r,2 o2,4 fc0,7i
        2 1 2,a 1 1 2,2 3,1w 2,2y 12,7 c,5 5 1,o 1,5 1 1,2 1,2 1,30 x,a3 i,1s 2,1i 14,d j,a m,l 2,c 1,j 1,4 4,3
        1 1,3r 4,5a 3,6 2,6 2,6 2,3 3,7 1,7 3aj 1 e 3m,2 ez,2 a6,2 1 6z,2 112a,7 2e,6 fz,2d 1,1z 1,2 2 2,2 2,4
        1,c 1 1,7 1,1t 1,4 2,8 1,7 1,s 1,4 1,5 1 3,7 1,9g 2,84 2,1e 4cg,4 1,r 1,2 1 2 1,a 1,4 1 1 6 4 1 1 1,3
        1,2 1 2 1 1 1 1 1,2 1 2,4 1,7 1,4 1,4 1 1,a 1,h 5,3 1,5 1,h g4,b 5,v 1,w q,2 10 33,3 d,18 4,9 7,2
        1fou,f2
        """;

    /** Canonical combining classes other than 0 in Unicode 9: gap, length, class. */
    static final String COMBINING_CLASS = """
        lc,l,6e 0,1,6g 0,4,64 0,1,6g 0,1,60 0,5,64 0,2,5m 0,4,64 0,2,5m 0,b,64 0,5,1 0,4,64 0,3,6e 2,1,6e 2,1,6o
        0,1,6e 0,3,64 0,3,6e 0,2,64 1,3,6e 0,4,64 0,1,6e 0,1,6g 0,2,64 0,1,6e 0,1,6h 0,2,6i 0,1,6h 0,2,6i 0,1,6h
        0,d,6e 7n,5,6e 7d,1,64 0,4,6e 0,1,64 0,3,6e 0,1,66 0,1,64 0,6,6e 0,6,64 0,2,6e 0,1,64 0,2,6e 0,1,66
        0,1,6c 0,1,6e 0,1,a 0,1,b 0,1,c 0,1,d 0,1,e 0,1,f 0,1,g 0,1,h 0,1,i 0,2,j 0,1,k 0,1,l 0,1,m 1,1,n 1,1,o
        0,1,p 1,1,6e 0,1,64 1,1,i 20,8,6e 0,1,u 0,1,v 0,1,w 1c,1,r 0,1,s 0,1,t 0,1,u 0,1,v 0,1,w 0,1,x 0,1,y
        0,2,6e 0,2,64 0,5,6e 0,1,64 0,2,6e 0,1,64 g,1,z 2t,7,6e 2,4,6e 0,1,64 0,1,6e 2,2,6e 1,1,64 0,2,6e 0,1,64
        z,1,10 u,1,6e 0,1,64 0,2,6e 0,1,64 0,2,6e 0,3,64 0,1,6e 0,2,64 0,1,6e 0,1,64 0,3,6e 0,1,64 0,1,6e 0,1,64
        0,1,6e 0,1,64 0,1,6e 0,1,64 0,2,6e 4g,7,6e 0,1,64 0,1,6e y,4,6e 1,9,6e 1,3,6e 1,5,6e 17,3,64 3c,e,6e
        1,1,64 0,2,6e 0,1,64 0,2,6e 0,1,64 0,3,6e 0,3,64 0,1,r 0,1,s 0,1,t 0,3,6e 0,1,64 0,2,6e 0,2,64 0,5,6e
        1o,1,7 g,1,9 3,1,6e 0,1,64 0,2,6e 2v,1,7 g,1,9 32,1,7 g,1,9 32,1,7 g,1,9 32,1,7 g,1,9 3j,1,9 3j,1,9
        7,1,2c 0,1,2j 2t,1,7 g,1,9 3j,1,9 3g,1,9 31,2,2v 0,1,9 d,4,2z 30,2,3a e,4,3e 24,2,64 r,1,64 1,1,64
        1,1,60 1j,1,3l 0,1,3m 1,1,3o 5,4,3m 2,1,3m 1,2,6e 0,1,9 1,2,6e 1q,1,64 34,1,7 1,2,9 2a,1,64 jz,3,6e
        qc,1,9 v,1,9 4d,1,9 a,1,6e 5n,1,6c 3z,1,66 0,1,6e 0,1,64 63,1,6e 0,1,64 1z,1,9 k,8,6e 2,1,64 1c,5,6e
        0,6,64 0,2,6e 0,1,64 3a,1,7 f,1,9 12,1,6e 0,1,64 0,7,6e 1i,2,9 1m,1,7 b,2,9 1v,1,7 48,3,6e 1,1,1 0,5,64
        0,2,6e 0,4,64 0,1,6e 1,7,1 4,1,64 6,1,6e 3,2,6e 5i,2,6e 0,1,64 0,7,6e 0,1,64 0,2,6e 0,1,6i 0,1,5y 0,1,64
        0,1,5m 0,11,6e 5,1,6e 0,1,6h 0,1,64 0,1,6e 0,1,64 k0,2,6e 0,2,1 0,4,6e 0,3,1 0,2,6e 4,1,6e 3,2,1 0,1,6e
        0,1,64 0,1,6e 0,2,1 0,4,64 0,1,6e 2da,3,6e 3x,1,9 2o,w,6e fe,1,62 0,1,6c 0,1,6g 0,1,66 0,2,68 2x,2,8
        n9w,1,6e 4,a,6e w,2,6e 28,2,6e 7o,1,9 59,1,9 r,i,6e 1l,3,64 11,1,9 2n,1,7 c,1,9 6n,1,6e 1,2,6e 0,1,64
        2,2,6e 5,2,6e 1,1,6e 1g,1,9 6u,1,9 fn4,1,q ld,7,6e 0,7,64 0,2,6e r1,1,64 6a,1,64 45,5,6e 1aq,1,64 1,1,6e
        14,1,6e 0,1,1 0,1,64 4,1,9 4l,1,6e 0,1,64 127,1,9 1k,1,9 1l,1,9 0,1,7 1x,3,6e 1c,2,9 1q,1,7 24,1,9 9,1,7
        2y,1,9 0,1,7 4y,1,7 0,1,9 29,1,7 g,1,9 o,7,6e 3,5,6e 5p,1,9 3,1,7 3f,1,9 0,1,7 6z,1,9 0,1,7 3i,1,9
        3a,1,9 0,1,7 37,1,9 103,1,9 fjk,5,1 1n,7,6e g2v,1,1 43q,2,60 0,3,1 3,1,6a 0,5,60 8,8,64 2,5,6e 0,2,64
        u,4,6e 44,3,6e 2pn,7,6e 1,h,6e 2,7,6e 1,2,6e 1,5,6e 1ph,7,64 31,6,6e 0,1,7
        """;
}
