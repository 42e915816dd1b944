//! How people ask for a platform's rules or an ID photo.

use super::Speech;
use crate::plan::vocabulary::{Class, Thing, Verb};

pub static FIT: Speech = Speech {
    verbs: &[Verb::Fit, Verb::Change, Verb::Crop, Verb::Make, Verb::Put, Verb::Export],
    things: &[Thing::Background, Thing::People, Thing::Face, Thing::Noun, Thing::Colour],
    slots: &[Class::Platform, Class::Set, Class::Format, Class::Size, Class::Aspect, Class::Colour, Class::Bytes, Class::Under, Class::Dim],
    means: &[
        "按亚马逊主图规范处理",
        "做成京东主图",
        "符合淘宝主图的要求",
        "做成小红书封面尺寸",
        "拼多多主图",
        "做成一寸照",
        "蓝底一寸照",
        "做成二寸证件照，白底",
        "中国护照照片",
        "make it an Amazon main image",
        "make this comply with the Amazon main image rules",
        "instagram story size",
        "Shopify square, please",
        "app store screenshot 6.7 inch",
        "make a US passport photo",
        "schengen visa photo",
    ],
    not: &[
        "小红书封面，标题“穿搭”",
        "做一套微信表情包",
        "把背景换成蓝色",
        "裁成3:4",
        "证件照换蓝底",
        "导出jpg，不超过500KB",
        "resize to 800x800",
        "who made the Amazon logo",
    ],
};
