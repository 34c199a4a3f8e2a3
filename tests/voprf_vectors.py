"""Test vectors of RFC 9497, Appendix A.1.2 (ristretto255-SHA512) and A.3.2 (P256-SHA256), mode VOPRF."""

SEED, INFO = "a3" * 32, "74657374206b6579"
ONE, TWO = "00", "5a" * 17

P256 = {
    "key": "ca5d94c8807817669a51b196c34c1b7f8442fde4334a7121ae4736364312fca6",
    "public": "03e17e70604bcabe198882c0a1f27a92441e774224ed9c702e51dd17038b102462",
    "batches": [
        {
            "input": [ONE],
            "blind": ["3338fa65ec36e0290022b48eb562889d89dbfa691d1cde91517fa222ed7ad364"],
            "blinded": ["02dd05901038bb31a6fae01828fd8d0e49e35a486b5c5d4b4994013648c01277da"],
            "evaluated": ["0209f33cab60cf8fe69239b0afbcfcd261af4c1c5632624f2e9ba29b90ae83e4a2"],
            "proof": "e7c2b3c5c954c035949f1f74e6bce2ed539a3be267d1481e9ddb178533df4c26"
            "64f69d065c604a4fd953e100b856ad83804eb3845189babfa5a702090d6fc5fa",
            "nonce": "f9db001266677f62c095021db018cd8cbb55941d4073698ce45c405d1348b7b1",
            "output": ["0412e8f78b02c415ab3a288e228978376f99927767ff37c5718d420010a645a1"],
        },
        {
            "input": [TWO],
            "blind": ["3338fa65ec36e0290022b48eb562889d89dbfa691d1cde91517fa222ed7ad364"],
            "blinded": ["03cd0f033e791c4d79dfa9c6ed750f2ac009ec46cd4195ca6fd3800d1e9b887dbd"],
            "evaluated": ["030d2985865c693bf7af47ba4d3a3813176576383d19aff003ef7b0784a0d83cf1"],
            "proof": "2787d729c57e3d9512d3aa9e8708ad226bc48e0f1750b0767aaff73482c44b8d"
            "2873d74ec88aebd3504961acea16790a05c542d9fbff4fe269a77510db00abab",
            "nonce": "f9db001266677f62c095021db018cd8cbb55941d4073698ce45c405d1348b7b1",
            "output": ["771e10dcd6bcd3664e23b8f2a710cfaaa8357747c4a8cbba03133967b5c24f18"],
        },
        {
            "input": [ONE, TWO],
            "blind": [
                "3338fa65ec36e0290022b48eb562889d89dbfa691d1cde91517fa222ed7ad364",
                "f9db001266677f62c095021db018cd8cbb55941d4073698ce45c405d1348b7b1",
            ],
            "blinded": [
                "02dd05901038bb31a6fae01828fd8d0e49e35a486b5c5d4b4994013648c01277da",
                "03462e9ae64cae5b83ba98a6b360d942266389ac369b923eb3d557213b1922f8ab",
            ],
            "evaluated": [
                "0209f33cab60cf8fe69239b0afbcfcd261af4c1c5632624f2e9ba29b90ae83e4a2",
                "02bb24f4d838414aef052a8f044a6771230ca69c0a5677540fff738dd31bb69771",
            ],
            "proof": "bdcc351707d02a72ce49511c7db990566d29d6153ad6f8982fad2b435d6ce4d6"
            "0da1e6b3fa740811bde34dd4fe0aa1b5fe6600d0440c9ddee95ea7fad7a60cf2",
            "nonce": "350e8040f828bf6ceca27405420cdf3d63cb3aef005f40ba51943c8026877963",
            "output": [
                "0412e8f78b02c415ab3a288e228978376f99927767ff37c5718d420010a645a1",
                "771e10dcd6bcd3664e23b8f2a710cfaaa8357747c4a8cbba03133967b5c24f18",
            ],
        },
    ],
}

_OUT_ONE = (
    "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
    "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"
)
_OUT_TWO = (
    "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
    "356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6"
)
RISTRETTO255 = {
    "key": "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909",
    "public": "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e",
    "batches": [
        {
            "input": [ONE],
            "blind": ["64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"],
            "blinded": ["863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945"],
            "evaluated": ["aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e"],
            "proof": "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
            "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d",
            "nonce": "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
            "output": [_OUT_ONE],
        },
        {
            "input": [TWO],
            "blind": ["64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706"],
            "blinded": ["cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c"],
            "evaluated": ["60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468"],
            "proof": "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a"
            "67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02",
            "nonce": "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
            "output": [_OUT_TWO],
        },
        {
            "input": [ONE, TWO],
            "blind": [
                "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
                "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
            ],
            "blinded": [
                "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
                "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
            ],
            "evaluated": [
                "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
                "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
            ],
            "proof": "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a"
            "5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
            "nonce": "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
            "output": [_OUT_ONE, _OUT_TWO],
        },
    ],
}
VECTORS = {"P256-SHA256": P256, "ristretto255-SHA512": RISTRETTO255}
